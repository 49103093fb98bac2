#include "net/http/read_buffer.hpp"

#include <algorithm>

namespace coppice::net::http {
namespace {

constexpr std::size_t kInitial = std::size_t{4} * 1024;
constexpr std::size_t kLeastRoom = std::size_t{1} * 1024;

}  // namespace

std::span<char> ReadBuffer::prepare() {
  if (storage_.size() - end_ < kLeastRoom && begin_ > 0) {
    std::copy(storage_.begin() + static_cast<std::ptrdiff_t>(begin_),
              storage_.begin() + static_cast<std::ptrdiff_t>(end_), storage_.begin());
    end_ -= begin_;
    begin_ = 0;
  }
  if (storage_.size() - end_ < kLeastRoom) storage_.resize(std::max(kInitial, storage_.size() * 2));
  return std::span(storage_).subspan(end_);
}

void ReadBuffer::consume(std::size_t size) noexcept {
  begin_ += size;
  if (begin_ == end_) begin_ = end_ = 0;
}

}  // namespace coppice::net::http
