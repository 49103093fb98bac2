#pragma once

#include <exception>
#include <span>
#include <string>

namespace coppice::actors {

/// C++ keeps no stack of a throw. While a shard runs actors, the runtime records the return
/// addresses of each `throw` by interposing __cxa_throw, and attaches them when it catches.
///
/// Thread: each thread has its own record; the functions act on the calling thread's.
class ThrowTrace {
 public:
  /// Begins or ends recording; off by default, and then a throw costs nothing extra.
  static void enable(bool on) noexcept;

  /// The addresses of that exception's throw, innermost first, if it was the latest on this thread;
  /// otherwise empty. Valid until the next throw.
  [[nodiscard]] static std::span<const void* const> of(
      const std::exception_ptr& exception) noexcept;
};

/// The exception object that @p exception refers to: its identity.
[[nodiscard]] const void* address_of(const std::exception_ptr& exception) noexcept;

/// The readable form of a type's mangled name, which must be a static string such as
/// std::type_info::name() returns. Cached per thread.
[[nodiscard]] const std::string& demangle(const char* mangled);

}  // namespace coppice::actors
