# Refuses a compiler that miscompiles coroutines or lacks what Coppice needs of C++23.
#
# g++ 12 destroys temporaries twice in common expressions with co_await (GCC bugs 100611, 101367,
# 101976). Such code compiles without a warning and then corrupts memory, so a small program tries
# the patterns once per compiler; the answer stays in the CMake cache.

set(coppice_compiler_key
    "${CMAKE_CXX_COMPILER} ${CMAKE_CXX_COMPILER_VERSION} ${CMAKE_CXX_FLAGS} 1")

function(coppice_refuse_compiler)
  list(JOIN ARGN "" why)
  message(
    FATAL_ERROR
      "Coppice cannot be built with ${CMAKE_CXX_COMPILER}"
      " (${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}):\n${why}\n"
      "Clang 19 works. Install it with `apt install clang-19 lld-19` and use a preset"
      " (`cmake --preset dev`), or remove the build folder and configure it with"
      " -DCMAKE_CXX_COMPILER=clang++-19.")
endfunction()

function(coppice_check_compiler)
  if(COPPICE_COMPILER_CHECKED STREQUAL coppice_compiler_key)
    return()
  endif()
  set(probe "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/probe")
  set(standard CXX_STANDARD 23 CXX_STANDARD_REQUIRED ON CXX_EXTENSIONS OFF)

  message(CHECK_START "Checking that the compiler has the C++23 that Coppice uses")
  try_compile(has_language "${CMAKE_BINARY_DIR}/probe/language" "${probe}/language.cpp"
              ${standard} OUTPUT_VARIABLE output)
  if(NOT has_language)
    message(CHECK_FAIL "no")
    coppice_refuse_compiler("it has no std::expected or no coroutines. It said:\n${output}")
  endif()
  message(CHECK_PASS "yes")

  message(CHECK_START "Checking that the compiler destroys objects once around co_await")
  try_run(coppice_probe_exit compiled "${CMAKE_BINARY_DIR}/probe/coroutines" "${probe}/coroutines.cpp"
          ${standard} COMPILE_OUTPUT_VARIABLE output RUN_OUTPUT_VARIABLE report)
  set(exit_code "${coppice_probe_exit}")
  unset(coppice_probe_exit CACHE)
  if(NOT compiled)
    message(CHECK_FAIL "the check does not compile")
    coppice_refuse_compiler("it does not compile the coroutine check. It said:\n${output}")
  endif()
  if(NOT exit_code EQUAL 0)
    message(CHECK_FAIL "no")
    coppice_refuse_compiler(
      "it miscompiles coroutines, and programs would corrupt memory without a warning."
      " The check (exit ${exit_code}) found:\n${report}")
  endif()
  message(CHECK_PASS "yes")
  set(COPPICE_COMPILER_CHECKED "${coppice_compiler_key}" CACHE INTERNAL "")
endfunction()

coppice_check_compiler()
