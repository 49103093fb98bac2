# The shapes that every folder's CMakeLists.txt uses.

# coppice_share_units(target SOURCES … ALONE …)
#
# With COPPICE_UNITY, compiles the sources of each folder together, up to ten at once: most of the
# time goes into the headers that they share. So private names have to differ within a folder; ALONE
# names the sources whose do not.
function(coppice_share_units target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;ALONE")
  if(NOT COPPICE_UNITY)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_MODE GROUP)
  list(REMOVE_ITEM arg_SOURCES ${arg_ALONE})
  foreach(source IN LISTS arg_SOURCES)
    cmake_path(GET source PARENT_PATH folder)
    string(MAKE_C_IDENTIFIER "${folder}" folder)
    list(LENGTH in_${folder} before)
    list(APPEND in_${folder} ${source})
    math(EXPR part "${before} / 10")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP "${folder}_${part}")
  endforeach()
endfunction()

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
  coppice_share_units(${target} SOURCES ${arg_SOURCES})
endfunction()

# coppice_tests(db SOURCES … ALONE … LIBRARIES …)
#
# Defines the GoogleTest program db_tests, in the build's root, of the library coppice_db if there is
# one, and of LIBRARIES.
function(coppice_tests name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;ALONE;LIBRARIES")
  if(NOT arg_SOURCES)
    return()
  endif()
  set(target ${name}_tests)
  add_executable(${target} ${arg_SOURCES})
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}/src"
                                               "${PROJECT_SOURCE_DIR}/tests")
  if(TARGET coppice_${name})
    list(PREPEND arg_LIBRARIES coppice_${name})
  endif()
  target_link_libraries(${target} PRIVATE ${arg_LIBRARIES} coppice_options GTest::gtest_main)
  target_precompile_headers(${target} PRIVATE <gtest/gtest.h> <chrono> <functional> <memory>
                            <string> <vector>)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
  coppice_share_units(${target} SOURCES ${arg_SOURCES} ALONE ${arg_ALONE})
  target_compile_definitions(
    ${target} PRIVATE COPPICE_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${target} COMMAND ${target})
endfunction()
