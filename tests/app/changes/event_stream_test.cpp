#include "app/changes/event_stream.hpp"

#include <functional>
#include <regex>

#include <gtest/gtest.h>

#include "actors/use_task.hpp"
#include "app/changes/followed_database.hpp"

namespace coppice::app::changes {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

/// A client that takes what it is sent, unless it is held.
class Reader final : public net::http::BodyWriter {
 public:
  explicit Reader(const net::Executor& executor) : timer_(executor) {}

  net::Awaitable<bool> write(std::string piece) override {
    text += piece;
    while (held) {
      timer_.expires_at(std::chrono::steady_clock::time_point::max());
      co_await timer_.async_wait(net::kAsResult);
      const bool cancelled = co_await net::is_cancelled();
      if (cancelled) co_return false;
    }
    co_return !gone;
  }
  [[nodiscard]] bool draining() const noexcept override { return drains; }
  void when_draining(std::function<void()> wake) override { wake_ = std::move(wake); }

  void release() {
    held = false;
    timer_.cancel();
  }
  void drain() {
    drains = true;
    wake_();
  }

  std::string text;
  bool held = false;
  bool gone = false;
  bool drains = false;

 private:
  boost::asio::basic_waitable_timer<
      std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, net::Executor>
      timer_;
  std::function<void()> wake_;
};

/// The connection of an event stream.
class Streamer final : public actors::Server<Streamer> {
 public:
  Streamer(Source source, Wish wish, StreamTimes times, std::shared_ptr<Reader> reader,
           std::shared_ptr<std::string> end)
      : source_(std::move(source)),
        wish_(std::move(wish)),
        times_(times),
        reader_(std::move(reader)),
        end_(std::move(end)) {}

  void init() { background(serve()); }

 private:
  actors::Task<void> serve() {
    auto stream = std::make_shared<EventStream>(source_, self().pid(), wish_, times_);
    const auto opened = co_await actors::run_awaitable(EventStream::open(stream));
    if (!opened) throw std::runtime_error(opened.error().message());
    const bool whole = co_await actors::run_awaitable(EventStream::run(stream, reader_));
    *end_ = whole ? "whole" : "cut";
  }

  const Source source_;
  const Wish wish_;
  const StreamTimes times_;
  const std::shared_ptr<Reader> reader_;
  const std::shared_ptr<std::string> end_;
};

class EventStreamTest : public FollowedDatabaseTest {
 protected:
  void open(StreamTimes times = {}) {
    const auto catalogue = content::content_catalogue();
    const Wish wish{.view = {.table = catalogue->find("tags"), .sees_hidden = true}};
    world_.spawn<Streamer>(Source{*database_, catalogue, hub_}, wish, times, reader_, end_);
    world_.run();
  }

  /// Timers of streams are real ones.
  void run_until(const std::function<bool()>& done) {
    while (!done()) world_.run();
  }

  [[nodiscard]] std::vector<int> told() const {
    static const std::regex kEvent(
        R"(\nevent: change\nid: \S+\ndata: \{"op":"insert","id":(\d+),)");
    std::vector<int> ids;
    for (std::sregex_iterator at(reader_->text.begin(), reader_->text.end(), kEvent), end;
         at != end; ++at) {
      ids.push_back(std::stoi((*at)[1]));
    }
    return ids;
  }

  std::shared_ptr<Reader> reader_ =
      std::make_shared<Reader>(world_.runtime().shard(0).io().get_executor());
  std::shared_ptr<std::string> end_ = std::make_shared<std::string>();
};

TEST_F(EventStreamTest, SaysWhereItIsAndThenWhatChanges) {
  start_follower();
  const auto start = db::to_string(db::must(read(db::read_position)));
  open();
  EXPECT_EQ(reader_->text, "retry: 2000\nid: " + start + "\n\n");
  add_tag("oak");
  add_tag("elm");
  look();
  EXPECT_EQ(told(), (std::vector<int>{1, 2}));
}

TEST_F(EventStreamTest, AClientThatDoesNotReadGetsEverythingOnceItDoes) {
  start_follower();
  open();
  reader_->held = true;
  std::vector<int> all;
  for (int n = 1; n <= 250; ++n) {
    add_tag("t" + std::to_string(n));
    if (n % 5 == 0) look();
    all.push_back(n);
  }
  EXPECT_LE(told().size(), 5U) << "the rest waits in the feed";
  reader_->release();
  run_until([&] { return told().size() >= all.size(); });
  EXPECT_EQ(told(), all);
}

TEST_F(EventStreamTest, LargeRecordsWaitInTheFeedUntilTheClientReads) {
  start_follower();
  open();
  reader_->held = true;
  std::vector<int> all;
  for (int n = 1; n <= 60; ++n) {
    add_tag(std::string(50'000, 'x') + std::to_string(n));
    if (n % 5 == 0) look();
    all.push_back(n);
  }
  reader_->release();
  run_until([&] { return told().size() >= all.size(); });
  EXPECT_EQ(told(), all);
}

TEST_F(EventStreamTest, WhatHappensBeforeThereIsAFollowerIsToldAllTheSame) {
  open();
  add_tag("oak");
  start_follower();
  add_tag("elm");
  look();
  EXPECT_EQ(told(), (std::vector<int>{1, 2}));
}

TEST_F(EventStreamTest, AQuietStreamHasAHeartbeatWithItsPosition) {
  start_follower();
  const auto start = db::to_string(db::must(read(db::read_position)));
  open({.heartbeat = milliseconds(1)});
  const std::string beat = ":\nid: " + start + "\n\n";
  run_until([&] { return reader_->text.ends_with(beat + beat); });
  EXPECT_EQ(*end_, "");
}

TEST_F(EventStreamTest, EndsWithItsTime) {
  start_follower();
  open({.heartbeat = milliseconds(1), .life = milliseconds(2)});
  run_until([&] { return !end_->empty(); });
  EXPECT_EQ(*end_, "whole");
}

TEST_F(EventStreamTest, EndsWhenTheServerDrains) {
  start_follower();
  open({.heartbeat = hours(1)});
  EXPECT_EQ(*end_, "");
  reader_->drain();
  run_until([&] { return !end_->empty(); });
  EXPECT_EQ(*end_, "whole");
}

TEST_F(EventStreamTest, EndsWithItsClient) {
  start_follower();
  open();
  reader_->gone = true;
  add_tag("oak");
  look();
  run_until([&] { return !end_->empty(); });
  EXPECT_EQ(*end_, "cut");
}

}  // namespace
}  // namespace coppice::app::changes
