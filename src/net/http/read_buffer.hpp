#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace coppice::net::http {

/// Bytes that were received and not used yet. Grows when what is kept leaves no room to read; who
/// keeps bytes bounds them (RequestParser does).
class ReadBuffer {
 public:
  [[nodiscard]] std::string_view data() const noexcept {
    return {storage_.data() + begin_, end_ - begin_};
  }
  [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }

  /// Room to read into, at least 1 KiB. Ends views of data().
  [[nodiscard]] std::span<char> prepare();

  /// Makes @p size bytes of the prepared room part of data().
  void commit(std::size_t size) noexcept { end_ += size; }

  /// Drops @p size bytes at the front.
  void consume(std::size_t size) noexcept;

 private:
  std::vector<char> storage_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace coppice::net::http
