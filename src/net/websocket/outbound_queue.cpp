#include "net/websocket/outbound_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

namespace coppice::net::websocket {
namespace {

constexpr std::size_t kKeepEntries = 4;  // entries: an idle connection keeps no more
constexpr std::size_t kMinErased = 64;

}  // namespace

void OutboundQueue::push(Frame frame, Shed shed) {
  bytes_ += frame.wire().size();
  if (shed.allowed()) sheddable_bytes_ += frame.wire().size();
  entries_.push_back({std::move(frame), shed});
}

std::size_t OutboundQueue::gather(std::span<boost::asio::const_buffer> slices) const noexcept {
  const auto count = std::min(slices.size(), entries_.size() - first_);
  for (std::size_t i = 0; i < count; ++i) {
    const auto wire = entries_[first_ + i].frame.wire();
    slices[i] = boost::asio::buffer(wire.data(), wire.size());
  }
  if (count > 0) slices[0] += written_;
  return count;
}

void OutboundQueue::consume(std::size_t size) noexcept {
  bytes_ -= size;
  written_ += size;
  while (first_ < entries_.size() && written_ >= entries_[first_].size()) {
    const auto& entry = entries_[first_++];
    written_ -= entry.size();
    if (entry.shed.allowed()) sheddable_bytes_ -= entry.size();
  }
  compact();
}

void OutboundQueue::drop_unstarted(std::size_t under_way) noexcept {
  const auto kept = first_unstarted(under_way);
  for (auto i = kept; i < entries_.size(); ++i) forget(entries_[i]);
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(kept), entries_.end());
  compact();
}

std::size_t OutboundQueue::drop_superseded(std::size_t under_way) {
  if (sheddable_bytes_ == 0) return 0;
  // From the back, where the latest are.
  boost::unordered_flat_set<std::uint64_t> seen;
  const auto from = first_unstarted(under_way);
  std::vector<bool> superseded(entries_.size() - from);
  for (auto i = entries_.size(); i > from; --i) {
    const auto shed = entries_[i - 1].shed;
    if (shed.has_key()) superseded[i - 1 - from] = !seen.insert(shed.key()).second;
  }
  std::size_t position = 0;
  return drop_if(from, [&](const Entry& /*entry*/) { return bool{superseded[position++]}; });
}

std::size_t OutboundQueue::drop_oldest(std::size_t most, std::size_t under_way) {
  if (sheddable_bytes_ <= most) return 0;
  return drop_if(first_unstarted(under_way), [&](const Entry& entry) {
    return entry.shed.allowed() && sheddable_bytes_ > most;
  });
}

/// The first entry of which no byte has been written, or is under way.
std::size_t OutboundQueue::first_unstarted(std::size_t under_way) const noexcept {
  const auto started = written_ + under_way;
  auto index = first_;
  std::size_t size = 0;
  while (index < entries_.size() && size < started) size += entries_[index++].size();
  return index;
}

/// Removes entries in one pass: what it costs is paid by how much goes.
template <class Drop>
std::size_t OutboundQueue::drop_if(std::size_t from, Drop drop) {
  auto kept = from;
  for (auto i = from; i < entries_.size(); ++i) {
    if (drop(std::as_const(entries_[i]))) {
      forget(entries_[i]);
    } else {
      if (kept != i) entries_[kept] = std::move(entries_[i]);
      ++kept;
    }
  }
  const auto dropped = entries_.size() - kept;
  entries_.erase(entries_.begin() + static_cast<std::ptrdiff_t>(kept), entries_.end());
  return dropped;
}

void OutboundQueue::forget(const Entry& entry) noexcept {
  bytes_ -= entry.size();
  if (entry.shed.allowed()) sheddable_bytes_ -= entry.size();
}

/// Releases what was written, in steps that cost constant time per frame.
void OutboundQueue::compact() noexcept {
  if (first_ < entries_.size() && first_ < std::max(kMinErased, entries_.size() / 2)) return;
  entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(first_));
  first_ = 0;
  if (entries_.empty() && entries_.capacity() > kKeepEntries) entries_ = std::vector<Entry>();
}

}  // namespace coppice::net::websocket
