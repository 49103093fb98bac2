#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <span>

#include <boost/asio/buffer.hpp>

namespace coppice::net {

/// The first bytes of a sequence of buffers behind @p skip, in one piece: at most @p Most, and that
/// many if there are. Small buffers are copied together, into a buffer of this thread that the next
/// call uses again.
template <std::size_t Most, class Buffers>
[[nodiscard]] std::span<const char> joined_bytes(const Buffers& buffers, std::size_t skip) {
  thread_local std::array<char, Most> joined;
  std::size_t filled = 0;
  for (auto at = boost::asio::buffer_sequence_begin(buffers);
       at != boost::asio::buffer_sequence_end(buffers); ++at) {
    const boost::asio::const_buffer whole(*at);
    const auto piece = whole + skip;
    skip -= whole.size() - piece.size();
    if (piece.size() == 0) continue;
    const std::span<const char> bytes(static_cast<const char*>(piece.data()), piece.size());
    if (filled == 0 && bytes.size() >= joined.size()) return bytes.first(joined.size());
    const auto fits = std::min(bytes.size(), joined.size() - filled);
    std::memcpy(joined.data() + filled, bytes.data(), fits);
    filled += fits;
    if (filled == joined.size()) break;
  }
  return std::span<const char>(joined).first(filled);
}

}  // namespace coppice::net
