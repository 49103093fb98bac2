#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "net/websocket/frame.hpp"

namespace coppice::net::websocket {

/// The frames of one connection that wait to be written, counted in bytes.
class OutboundQueue {
 public:
  /// Bytes not written yet.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }

  void push(Frame frame);

  /// Fills @p slices with the next bytes, one frame each; returns how many there are. They stay
  /// valid until consume() or drop_unstarted().
  [[nodiscard]] std::size_t gather(std::span<boost::asio::const_buffer> slices) const noexcept;

  /// Forgets the first @p size bytes: they have been written.
  void consume(std::size_t size) noexcept;

  /// Forgets all frames but those of which a part has been written or is under way: the next
  /// @p under_way bytes. The peer could not make sense of anything behind half a frame.
  void drop_unstarted(std::size_t under_way = 0) noexcept;

 private:
  void compact() noexcept;

  std::vector<Frame> frames_;
  std::size_t first_ = 0;    // frames before it have been written
  std::size_t written_ = 0;  // bytes of the first frame that have been
  std::size_t bytes_ = 0;
};

}  // namespace coppice::net::websocket
