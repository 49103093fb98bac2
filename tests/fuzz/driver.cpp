#include <cstddef>
#include <cstdint>

#include "fuzz/target.hpp"

/// What libFuzzer calls, in a program with one target.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  coppice::fuzz::targets().front().run({reinterpret_cast<const char*>(data), size});
  return 0;
}
