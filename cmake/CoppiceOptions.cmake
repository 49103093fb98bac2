# The one place for the language standard, warnings, sanitizers and the compiler cache.

set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_library(coppice_options INTERFACE)
target_compile_options(
  coppice_options
  INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror
            # A precompiled header without its time stamp can come from the compiler cache.
            "SHELL:-Xclang -fno-pch-timestamp")

# Which lines of the log there are is for operators to say, while the server runs.
target_compile_definitions(coppice_options INTERFACE SPDLOG_ACTIVE_LEVEL=SPDLOG_LEVEL_TRACE)

# What changes the meaning of shared types or of the runtime must be the same in every object file,
# those of third-party code included: hence directory-wide and not in coppice_options.
if(NOT CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()
if(COPPICE_SANITIZE)
  set(sanitize -fsanitize=${COPPICE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  if(COPPICE_SANITIZE MATCHES "undefined")
    # The check of vptr opens a pipe: a test that has used up all descriptors would look like a finding.
    list(APPEND sanitize -fno-sanitize=vptr)
  endif()
  add_compile_options(${sanitize})
  add_link_options(${sanitize})
endif()

if(COPPICE_LTO)
  # Fat objects hold machine code as well, so that installed libraries suit every linker.
  set(lto -flto=thin -ffat-lto-objects)
  add_compile_options(${lto})
  add_link_options(${lto} "LINKER:--thinlto-cache-dir=${PROJECT_BINARY_DIR}/lto-cache")
endif()

# Set here and not in the environment, so that a plain `ninja` profits as well.
# The sloppiness is what ccache's manual asks for with precompiled headers.
if(COPPICE_CCACHE)
  find_program(COPPICE_CCACHE_PROGRAM ccache)
  if(COPPICE_CCACHE_PROGRAM)
    set(CMAKE_CXX_COMPILER_LAUNCHER
        env
        CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
        ${COPPICE_CCACHE_PROGRAM})
  endif()
endif()
