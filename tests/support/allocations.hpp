#pragma once

#include <cstddef>

namespace coppice::testing {

/// How often the calling thread has taken memory from the heap so far. For programs that link
/// allocations.cpp.
[[nodiscard]] std::size_t allocations() noexcept;

}  // namespace coppice::testing
