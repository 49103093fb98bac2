#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace coppice::app::crashes {

/// Writes a file from within a signal handler: nothing here allocates, locks or throws.
///
/// The file is PREFIX, the process's number, a dash, the time in nanoseconds, ".crash". If it can't
/// be made, what is written goes nowhere.
class SignalWriter {
 public:
  explicit SignalWriter(std::string_view path_prefix) noexcept;
  SignalWriter(const SignalWriter&) = delete;
  SignalWriter& operator=(const SignalWriter&) = delete;
  ~SignalWriter();

  SignalWriter& text(std::string_view text) noexcept;
  SignalWriter& number(std::uint64_t value) noexcept;
  SignalWriter& hex(std::uint64_t value) noexcept;  ///< "0x1f"
  void flush() noexcept;

 private:
  int file_ = -1;
  std::size_t used_ = 0;
  std::array<char, 1024> buffer_{};
};

}  // namespace coppice::app::crashes
