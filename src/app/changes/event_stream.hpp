#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <string>

#include <boost/asio/basic_waitable_timer.hpp>

#include "actors/pid.hpp"
#include "actors/pubsub/hub.hpp"
#include "actors/result.hpp"
#include "actors/time.hpp"
#include "app/changes/follow.hpp"
#include "app/changes/read_changes.hpp"
#include "app/changes/source.hpp"
#include "net/http/body.hpp"
#include "net/io.hpp"

namespace coppice::app::changes {

struct StreamTimes {
  actors::Duration heartbeat = std::chrono::seconds(15);
  /// After it the stream ends, and its client comes back where it was, with the rights that it has
  /// by then.
  actors::Duration life = std::chrono::hours(1);
};

/// What one client follows, as Server-Sent Events. What the client hasn't taken waits in the feed
/// and not in memory: when there is much of it, it is dropped, and read again when its turn comes.
///
/// Thread: the connection's shard.
class EventStream final : public std::enable_shared_from_this<EventStream> {
 public:
  /// @param subscriber  The actor behind the connection.
  EventStream(Source source, actors::Pid subscriber, Wish wish, StreamTimes times = {});

  /// Listens from now on, and reads what the stream begins with.
  /// Errors: those of read_beginning(), and of Database::read.
  static net::Awaitable<actors::Result<void>> open(std::shared_ptr<EventStream> stream);

  /// The stream from its beginning to its end: the client's, that of its time, or the server's.
  /// @pre open()
  static net::Awaitable<bool> run(std::shared_ptr<EventStream> stream,
                                  std::shared_ptr<net::http::BodyWriter> writer);

 private:
  using BatchPtr = std::shared_ptr<const Batch>;
  using Clock = std::chrono::steady_clock;
  using Timer =
      boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, net::Executor>;

  void subscribe();
  void receive(BatchPtr batch);
  void wake();
  void begin(const Beginning& beginning);
  void put_event(std::string_view name, Bookmark id, std::string_view data);
  void reset(Bookmark at);
  net::Awaitable<void> find_more();
  net::Awaitable<void> read_on();
  net::Awaitable<void> wait();
  void take_next_batch();
  void send(const Beginning& read);
  void write_changes();

  const Source source_;
  const actors::Pid subscriber_;
  const Wish wish_;
  const StreamTimes times_;
  actors::pubsub::Subscription subscription_;
  Timer timer_;
  Follow follow_{{}};
  std::string piece_;  // what the client gets next
  BatchPtr sending_;   // of which so many changes have been written:
  std::size_t sent_ = 0;
  Bookmark sending_through_;  // where the client is once it has them all
  std::deque<BatchPtr> waiting_;
  std::size_t changes_waiting_ = 0;
  std::size_t bytes_waiting_ = 0;
  bool behind_ = false;  // there is more in the feed before what waits
  bool awake_ = false;
  bool failed_ = false;
  Clock::time_point heartbeat_due_;
};

}  // namespace coppice::app::changes
