#pragma once

#include <chrono>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "actors/time.hpp"
#include "net/connections.hpp"
#include "net/io.hpp"
#include "net/stream.hpp"
#include "net/watched_stream.hpp"
#include "net/websocket/decoder.hpp"
#include "net/websocket/deflate.hpp"
#include "net/websocket/frame.hpp"
#include "net/websocket/frame_sink.hpp"
#include "net/websocket/outbound_queue.hpp"

namespace coppice::net::websocket {

/// Why a session is over.
enum class CloseCause : std::uint8_t {
  peer,       ///< The client sent a close frame.
  server,     ///< close() was called.
  violation,  ///< The client broke the protocol or a limit.
  idle,       ///< Nothing came for too long.
  overflow,   ///< The client read too slowly: its queue was full.
  draining,   ///< The server stops.
  lost,       ///< The connection broke without a close frame.
  failed,     ///< The owner threw, or cut() was called.
};

[[nodiscard]] std::string_view to_string(CloseCause cause) noexcept;

struct CloseInfo {
  CloseCause cause;
  CloseCode code;  ///< From whoever closed first; `abnormal` if the connection was lost.
  std::string reason;
};

/// Who uses a session. All calls come from the session's shard and one at a time, never from within
/// send() or close(). An exception from a message is a bug: the connection is closed with 1011, and
/// it is passed on to who started the session.
class Owner {
 public:
  virtual ~Owner() = default;

  /// A whole message; the view is valid during the call.
  virtual void on_text(std::string_view message) = 0;
  virtual void on_binary(std::string_view message) = 0;

  /// The session is over: no message comes after it, and none can be sent. Called once, at once,
  /// and not after the closing handshake.
  virtual void on_close(const CloseInfo& info) noexcept = 0;
};

struct Options {
  DecoderLimits limits;
  /// What has been agreed about compression; nothing is compressed without it.
  std::optional<Deflate> deflate{};
  /// Bytes that may wait for the client; one frame more closes the connection with 1013.
  std::size_t max_queued_bytes = std::size_t{1} * 1024 * 1024;
  /// Without a byte from the client for so long, the connection is closed with 1002.
  actors::Duration idle_timeout = std::chrono::seconds(60);
  /// How long the client may take to read what waits and to answer a close frame.
  actors::Duration close_timeout = std::chrono::seconds(5);
  /// Draining closes each connection, with 1012, at a random time within so long, so that not all
  /// clients come back in the same moment.
  actors::Duration drain_spread = std::chrono::seconds(1);
  /// Where slow clients are counted; null for nowhere.
  SlowClientStatsPtr slow_clients{};
};

/// A server's side of one WebSocket. Frames by itself, so that one immutable frame can wait for any
/// number of clients, and many frames leave in one write. Holds no read buffer while idle.
///
/// Thread: the socket's shard.
class Session final : public FrameSink,
                      public std::enable_shared_from_this<Session>,
                      private Connection,
                      private Readiness::Watcher {
 public:
  [[nodiscard]] static std::shared_ptr<Session> make(Stream socket,
                                                     std::shared_ptr<Connections> connections,
                                                     std::shared_ptr<const Options> options);

  /// Called once the connection is closed, with what the owner threw, if it has. Not called after
  /// cut(), nor from within start().
  using OnEnd = std::move_only_function<void(std::exception_ptr)>;

  /// Reads and writes from here on until the connection is closed, or nobody holds the session. No
  /// coroutine: its frames would be most of what an idle connection costs. Throws std::system_error
  /// if the kernel has no room for one more.
  /// @param already_read  Bytes that came with the upgrade request.
  void start(std::weak_ptr<Owner> owner, std::string already_read, OnEnd on_end);

  /// Closes the connection at once; the client is told 1011 if the connection takes that without
  /// waiting. The owner is told.
  void cut() noexcept;

  /// Sends a frame, now or at the end of this turn of the event loop, together with others. Nothing
  /// if the session is over; it is closed for this very frame if the queue is full.
  void send(const Frame& frame) override { offer(frame, Shed::never()); }

  /// Frames that may be left out share a quarter of the queue. Beyond that, and where others need
  /// the room, the oldest of them are; and whenever a client that had stopped reading goes on, it
  /// gets only the latest with each key.
  void offer(const Frame& frame, Shed shed) override;

  /// Between these two calls frames only wait; with the second they leave together.
  void cork() noexcept override { corked_ = true; }
  void uncork() noexcept override;

  /// Starts the closing handshake; what was queued before is still sent. Later calls do nothing.
  void close(CloseCode code, std::string_view reason);

  /// Whether frames can be sent.
  [[nodiscard]] bool is_open() const noexcept { return !closed_; }

  [[nodiscard]] std::size_t queued_bytes() const noexcept override { return queue_.bytes(); }

 private:
  struct Key {};

 public:
  Session(Key key, Stream socket, std::shared_ptr<Connections> connections,
          std::shared_ptr<const Options> options);

 private:
  [[nodiscard]] bool read_available();
  void note_activity() noexcept;
  void decode(std::span<char> bytes);
  void handle(const Decoder::Event& event);

  void end(CloseCause cause, CloseCode code, std::string_view reason);
  void abandon() noexcept;
  void make_room(std::size_t size, Shed shed);
  [[nodiscard]] bool fits(std::size_t size) const noexcept;
  void shed_oldest(std::size_t most);
  void shed_superseded();
  void finish();
  void end_turn();
  void pass_on(const Frame& frame, Shed shed);
  void write_now(const Frame& frame, Shed shed);
  void flush();
  void flush_later();
  void wait_until_writable();
  void end_output_if_done() noexcept;

  void on_ready() override;
  void on_deadline() override;
  void on_drain() override;
  void on_end_of_turn() override;

  WatchedStream stream_;
  std::shared_ptr<const Options> options_;
  std::weak_ptr<Owner> owner_;  // which usually owns this session
  Decoder decoder_;
  OutboundQueue queue_;
  std::unique_ptr<CloseInfo> info_;  // once it is closed, unless it was lost
  std::exception_ptr failure_;
  OnEnd on_end_;
  bool closed_ = false;  // no more messages in or out; a close frame may still be under way
  bool owner_told_ = false;
  bool input_ends_ = false;    // nothing the client says matters any more
  bool output_ended_ = false;  // our side of the connection is shut down
  bool draining_ = false;
  bool awaiting_writable_ = false;
  bool handling_input_ = false;  // its own, and flushes when that is done
  bool corked_ = false;
};

}  // namespace coppice::net::websocket
