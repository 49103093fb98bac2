#pragma once

#include <unistd.h>
#include <utility>

namespace coppice::supervisor::port {

/// A file descriptor that is closed with its owner; -1 for none.
class Descriptor {
 public:
  Descriptor() noexcept = default;
  explicit Descriptor(int number) noexcept : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    if (this != &other) close_with(other.release());
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close_with(-1); }

  [[nodiscard]] explicit operator bool() const noexcept { return number_ >= 0; }
  [[nodiscard]] int get() const noexcept { return number_; }

  /// Gives it away unclosed.
  [[nodiscard]] int release() noexcept { return std::exchange(number_, -1); }
  void reset() noexcept { close_with(-1); }

 private:
  void close_with(int next) noexcept {
    if (number_ >= 0) ::close(number_);
    number_ = next;
  }

  int number_ = -1;
};

}  // namespace coppice::supervisor::port
