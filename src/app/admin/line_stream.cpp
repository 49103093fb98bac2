#include "app/admin/line_stream.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "actors/shard.hpp"
#include "net/http/body.hpp"
#include "net/io.hpp"

namespace coppice::app::admin {
namespace {

using net::Awaitable;
using net::http::BodyWriter;
using net::http::Response;
using net::http::Status;

/// Thread: the connection's shard, apart from the queue.
class LineStream final : public std::enable_shared_from_this<LineStream> {
 public:
  LineStream(std::shared_ptr<LineQueue> queue, LineStreamOptions options)
      : queue_(std::move(queue)),
        options_(std::move(options)),
        timer_(actors::Shard::current()->io().get_executor()),
        // At once: clients want to know that they were heard.
        heartbeat_due_(Clock::now()),
        end_(options_.life ? Clock::now() + *options_.life : Clock::time_point::max()) {}
  LineStream(const LineStream&) = delete;
  LineStream& operator=(const LineStream&) = delete;
  ~LineStream() { queue_->when_filled(nullptr); }

  static Awaitable<bool> run(std::shared_ptr<LineStream> stream,
                             std::shared_ptr<BodyWriter> writer) {
    writer->when_draining([stream] { stream->wake(); });
    stream->listen();
    for (;;) {
      auto [piece, closed] = stream->next();
      if (!piece.empty()) {
        const bool taken = co_await writer->write(std::move(piece));
        if (!taken) co_return false;
        stream->heartbeat_due_ = Clock::now() + stream->options_.heartbeat;
      }
      const bool cancelled = co_await net::is_cancelled();
      if (cancelled) co_return false;
      if (closed || writer->draining() || Clock::now() >= stream->end_) co_return true;
      co_await stream->wait();
    }
  }

 private:
  using Clock = std::chrono::steady_clock;
  using Timer =
      boost::asio::basic_waitable_timer<Clock, boost::asio::wait_traits<Clock>, net::Executor>;

  void listen() {
    queue_->when_filled([weak = weak_from_this(), executor = timer_.get_executor()] {
      boost::asio::post(executor, [weak] {
        if (const auto self = weak.lock()) self->wake();
      });
    });
  }

  std::pair<std::string, bool> next() {
    auto taken = queue_->take();
    if (options_.rewrite && !taken.lines.empty()) taken.lines = options_.rewrite(taken.lines);
    if (taken.missed > 0) taken.lines += fmt::format("{{\"missed\":{}}}\n", taken.missed);
    if (taken.lines.empty() && Clock::now() >= heartbeat_due_) taken.lines = "\n";
    return {std::move(taken.lines), taken.closed};
  }

  void wake() {
    awake_ = true;
    timer_.cancel();
  }

  Awaitable<void> wait() {
    if (!std::exchange(awake_, false)) {
      timer_.expires_at(std::min(heartbeat_due_, end_));
      co_await timer_.async_wait(net::kAsResult);
    }
    awake_ = false;
  }

  const std::shared_ptr<LineQueue> queue_;
  const LineStreamOptions options_;
  Timer timer_;
  Clock::time_point heartbeat_due_;
  const Clock::time_point end_;
  bool awake_ = false;
};

}  // namespace

Response line_stream(std::shared_ptr<LineQueue> queue, LineStreamOptions options) {
  net::http::BodyStream body{
      [queue = std::move(queue), options = std::move(options)](std::shared_ptr<BodyWriter> writer) {
        return LineStream::run(std::make_shared<LineStream>(queue, options), std::move(writer));
      }};
  return Response::of(Status::ok, kLinesType, std::move(body));
}

Response lines_answer(std::string lines) {
  return Response::of(Status::ok, kLinesType, std::move(lines));
}

}  // namespace coppice::app::admin
