# The shapes that every folder's CMakeLists.txt uses.

# coppice_library(db SOURCES … HEADERS … PUBLIC … PRIVATE … PCH …)
#
# Defines coppice_db with the alias coppice::db. HEADERS are public: they install, and each must
# compile alone. PCH names headers, with their brackets, that most of the sources include.
function(coppice_library name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;HEADERS;PUBLIC;PRIVATE;PCH")
  set(target coppice_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  add_library(coppice::${name} ALIAS ${target})
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name})
  target_sources(${target} PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/src" FILES
                                  ${arg_HEADERS})
  target_compile_features(${target} PUBLIC cxx_std_23)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src")
  target_link_libraries(
    ${target}
    PUBLIC ${arg_PUBLIC}
    PRIVATE ${arg_PRIVATE} $<BUILD_INTERFACE:coppice_options>)
  target_precompile_headers(${target} PRIVATE ${arg_PCH})
endfunction()

# coppice_tests(db SOURCES … LIBRARIES …)
#
# Defines the GoogleTest program db_tests, in the build's root.
function(coppice_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;LIBRARIES")
  if(NOT arg_SOURCES)
    return()
  endif()
  set(target ${name}_tests)
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src"
                                               "${PROJECT_SOURCE_DIR}/tests")
  target_link_libraries(${target} PRIVATE coppice_${name} ${arg_LIBRARIES} coppice_options
                                          GTest::gtest_main)
  target_precompile_headers(${target} PRIVATE <gtest/gtest.h> <chrono> <functional> <memory>
                            <string> <vector>)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  target_compile_definitions(
    ${target} PRIVATE COPPICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${target} COMMAND ${target})
endfunction()
