#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/channels/connect.hpp"
#include "net/channels/socket.hpp"
#include "net/websocket/shed.hpp"

namespace coppice::net::channels {

/// What a long poll's channels see of its session: the frames that wait for the next poll, counted
/// in bytes, and the way to end it.
///
/// Thread: the session's shard.
class LongPollOutbox final : public FrameSink, public Carrier {
 public:
  /// What one answer may hold, in bytes of frames: more than one POST can cause by way of echoes.
  static constexpr std::size_t kMostInAnAnswer = std::size_t{16} * 1024 * 1024;

  /// @param max_bytes  What may wait while no poll does.
  /// @param on_change  Frames wait, or the session is to end. Called from within send() and
  ///                   close(), and not again before take() or attend().
  /// @param slow_clients  Where is counted what did not fit; null for nowhere.
  LongPollOutbox(std::size_t max_bytes, std::function<void()> on_change,
                 websocket::SlowClientStatsPtr slow_clients = nullptr)
      : max_bytes_(max_bytes),
        on_change_(std::move(on_change)),
        slow_clients_(std::move(slow_clients)) {}

  /// Keeps a frame. Binary ones are left out: no client could read them. Where there is no room,
  /// frames that may be left out are; without any, a frame too many ends the session and drops what
  /// waits.
  void send(const websocket::Frame& frame) override;
  void offer(const websocket::Frame& frame, websocket::Shed shed) override;
  void close(websocket::CloseCode code, std::string_view reason) override;

  /// Ends the session for a reason of its own; the first one counts.
  void end(websocket::CloseCause cause, websocket::CloseCode code, std::string_view reason);

  /// What waits, as a JSON array of strings; nothing if nothing does.
  [[nodiscard]] std::optional<std::string> take();

  /// Says whether a poll waits. What comes then is on its way to the client and no sign of a slow
  /// one, however much it is: it is bounded by kMostInAnAnswer alone.
  void set_awaited(bool awaited) noexcept { awaited_ = awaited; }

  /// From here on changes are told again.
  void attend() noexcept { told_ = false; }
  /// From here on nobody is told, since nobody is there.
  void detach() noexcept { on_change_ = nullptr; }

  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::size_t queued_bytes() const noexcept override { return bytes_; }
  /// Why the session is to end, if it is.
  [[nodiscard]] const std::optional<websocket::CloseInfo>& ending() const noexcept {
    return ending_;
  }

 private:
  struct Waiting {
    websocket::Frame frame;
    websocket::Shed shed;
  };

  [[nodiscard]] bool fits(std::size_t size) const noexcept {
    return bytes_ == 0 || bytes_ + size <= bound();
  }
  [[nodiscard]] std::size_t bound() const noexcept {
    return awaited_ ? std::max(max_bytes_, kMostInAnAnswer) : max_bytes_;
  }
  void make_room(std::size_t size);
  void shed_superseded();
  void shed_oldest(std::size_t size);
  void count(std::atomic<std::uint64_t> websocket::SlowClientStats::* what, std::size_t many);
  void tell();

  const std::size_t max_bytes_;
  std::function<void()> on_change_;
  const websocket::SlowClientStatsPtr slow_clients_;
  std::vector<Waiting> waiting_;
  std::size_t bytes_ = 0;
  bool told_ = false;
  bool awaited_ = false;
  std::optional<websocket::CloseInfo> ending_;
};

}  // namespace coppice::net::channels
