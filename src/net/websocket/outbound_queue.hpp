#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <boost/asio/buffer.hpp>

#include "net/websocket/frame.hpp"
#include "net/websocket/shed.hpp"

namespace coppice::net::websocket {

/// The frames of one connection that wait to be written, counted in bytes.
///
/// Frames of which a part has been written stay whatever happens: the peer could not make sense of
/// anything behind half a frame. So do the next `under_way` bytes, where a function takes that:
/// what TLS has encrypted already.
class OutboundQueue {
 public:
  /// Bytes not written yet.
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] bool empty() const noexcept { return bytes_ == 0; }

  /// How many of them belong to frames that may be left out.
  [[nodiscard]] std::size_t sheddable_bytes() const noexcept { return sheddable_bytes_; }

  void push(Frame frame, Shed shed = Shed::never());

  /// Fills @p slices with the next bytes, one frame each; returns how many there are. They stay
  /// valid until the queue is changed.
  [[nodiscard]] std::size_t gather(std::span<boost::asio::const_buffer> slices) const noexcept;

  /// Forgets the first @p size bytes: they have been written.
  void consume(std::size_t size) noexcept;

  /// Forgets all frames.
  void drop_unstarted(std::size_t under_way = 0) noexcept;

  /// Forgets frames behind which one with the same key waits. Returns how many.
  std::size_t drop_superseded(std::size_t under_way = 0);

  /// Forgets the oldest frames that may be left out, until there are at most @p most bytes of
  /// them. Returns how many.
  std::size_t drop_oldest(std::size_t most, std::size_t under_way = 0);

 private:
  struct Entry {
    Frame frame;
    Shed shed;
    [[nodiscard]] std::size_t size() const noexcept { return frame.wire().size(); }
  };

  [[nodiscard]] std::size_t first_unstarted(std::size_t under_way) const noexcept;
  template <class Drop>
  std::size_t drop_if(std::size_t from, Drop drop);
  void forget(const Entry& entry) noexcept;
  void compact() noexcept;

  std::vector<Entry> entries_;
  std::size_t first_ = 0;    // entries before it have been written
  std::size_t written_ = 0;  // bytes of the first entry that have been
  std::size_t bytes_ = 0;
  std::size_t sheddable_bytes_ = 0;  // of whole frames, the first one included
};

}  // namespace coppice::net::websocket
