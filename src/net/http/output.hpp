#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/http/body.hpp"
#include "net/io.hpp"
#include "net/stream.hpp"

namespace coppice::net::http {

/// The answers of one connection on their way to its client, in as few writes as possible.
///
/// Thread: the socket's shard. Cancel: terminal; what is being sent is given up.
class Output {
 public:
  /// What its connection knows of deadlines.
  class Watch {
   public:
    Watch() = default;
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;
    virtual ~Watch() = default;
    /// The client has to read before the rest can be sent: begins the time that it has for that.
    virtual void wait_for_client() noexcept = 0;
    /// That time is over.
    [[nodiscard]] virtual bool gave_up() const noexcept = 0;
    /// The client has read. What makes the answer may take its time again.
    virtual void client_has_read() noexcept = 0;
    /// The server is stopping.
    [[nodiscard]] virtual bool draining() const noexcept = 0;
  };

  /// Both must outlive it.
  Output(Stream& socket, Watch& watch) : socket_(&socket), watch_(&watch) {}

  /// What is to be sent with the next flush(); append to it.
  [[nodiscard]] std::string& pending() noexcept { return pending_; }
  [[nodiscard]] std::size_t queued_bytes() const noexcept { return pending_.size(); }

  /// Sends what is pending as far as it goes without waiting. False if that is not all of it:
  /// flush() the rest, or find out there that the client is gone.
  [[nodiscard]] bool flush_at_once();

  /// Sends all that is pending, then @p tail. False if the client cannot be reached any more.
  Awaitable<bool> flush(SharedBytes tail);

  /// Sends what is pending and a body behind it. False if the client has not got the whole of it,
  /// so that the connection is of no more use.
  /// @param chunked  How a stream is sent; else it ends with the connection.
  Awaitable<bool> send(Body body, bool chunked);

  /// Whether a client that is waited for has read enough of late to be waited for again. Sockets
  /// tell a writer only when there is a lot of room, which a slow client may take longer to make
  /// than it has time.
  [[nodiscard]] bool client_reads();

  /// The server begins to stop: tells the stream that is being sent, if there is one.
  void drain();

  /// How much of its body the last send() has sent.
  [[nodiscard]] std::uint64_t body_bytes() const noexcept { return body_bytes_; }

 private:
  class Writer;

  Awaitable<bool> send_file(FileSlice slice);
  Awaitable<bool> send_fetched(FetchedSlice slice);
  Awaitable<bool> send_stream(BodyStream stream, bool chunked);
  Awaitable<bool> send_piece(std::string piece, bool chunked);
  void wait_for_client();
  [[nodiscard]] std::int64_t acknowledged();
  void forget_sent() noexcept;

  Stream* socket_;
  Watch* watch_;
  std::string pending_;
  std::uint64_t body_bytes_ = 0;
  std::uint64_t written_ = 0;             // to the socket, ever
  std::int64_t acknowledged_before_ = 0;  // when the client's time began
  std::weak_ptr<Writer> streaming_;       // of the stream that is being sent
};

}  // namespace coppice::net::http
