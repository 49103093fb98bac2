#include "net/websocket/outbound_queue.hpp"

#include <algorithm>
#include <utility>

namespace coppice::net::websocket {
namespace {

constexpr std::size_t kKeepCapacity = 8;  // 64 bytes; an idle connection keeps no more
constexpr std::size_t kMinErased = 64;

}  // namespace

void OutboundQueue::push(Frame frame) {
  bytes_ += frame.wire().size();
  frames_.push_back(std::move(frame));
}

std::size_t OutboundQueue::gather(std::span<boost::asio::const_buffer> slices) const noexcept {
  const auto count = std::min(slices.size(), frames_.size() - first_);
  for (std::size_t i = 0; i < count; ++i) {
    const auto wire = frames_[first_ + i].wire();
    slices[i] = boost::asio::buffer(wire.data(), wire.size());
  }
  if (count > 0) slices[0] += written_;
  return count;
}

void OutboundQueue::consume(std::size_t size) noexcept {
  bytes_ -= size;
  written_ += size;
  while (first_ < frames_.size() && written_ >= frames_[first_].wire().size()) {
    written_ -= frames_[first_].wire().size();
    ++first_;
  }
  compact();
}

void OutboundQueue::drop_unstarted(std::size_t under_way) noexcept {
  const auto started = written_ + under_way;
  auto kept = first_;
  std::size_t size = 0;
  while (kept < frames_.size() && size < started) size += frames_[kept++].wire().size();
  frames_.erase(frames_.begin() + static_cast<std::ptrdiff_t>(kept), frames_.end());
  bytes_ = size - std::min(size, written_);
  compact();
}

/// Releases what was written, in steps that cost constant time per frame.
void OutboundQueue::compact() noexcept {
  if (first_ < frames_.size() && first_ < std::max(kMinErased, frames_.size() / 2)) return;
  frames_.erase(frames_.begin(), frames_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (frames_.empty() && frames_.capacity() > kKeepCapacity) frames_ = std::vector<Frame>();
}

}  // namespace coppice::net::websocket
