#include "net/readiness.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <list>
#include <new>
#include <set>
#include <string>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace coppice::net {
namespace {

using Strings = std::vector<std::string>;

/// One end of a socket pair that is watched, and the other end.
class WatchedEnd final : public Readiness::Watcher {
 public:
  WatchedEnd(Readiness& readiness, std::string name, Strings& notes)
      : readiness_(readiness), name_(std::move(name)), notes_(notes) {
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends_.data()), 0);
  }
  WatchedEnd(const WatchedEnd&) = delete;
  WatchedEnd& operator=(const WatchedEnd&) = delete;
  ~WatchedEnd() {
    forget();
    for (const int end : ends_) ::close(end);
  }

  void watch(Readiness::Interest interest = {}) { readiness_.watch(ends_[0], *this, interest); }
  void change(Readiness::Interest interest) { readiness_.change(ends_[0], *this, interest); }
  void forget() { readiness_.forget(ends_[0], *this); }

  void say(char byte) { EXPECT_EQ(::write(ends_[1], &byte, 1), 1); }
  void read() {
    char byte = 0;
    EXPECT_EQ(::read(ends_[0], &byte, 1), 1);
  }

  void on_ready() override {
    notes_.push_back(name_);
    if (then) then();
  }

  std::function<void()> then;

 private:
  Readiness& readiness_;
  std::string name_;
  Strings& notes_;
  std::array<int, 2> ends_{};
};

class ReadinessTest : public ::testing::Test {
 protected:
  /// One turn: what is ready is told once.
  Strings turn() {
    notes_.clear();
    io_.restart();
    io_.poll_one();
    return notes_;
  }

  boost::asio::io_context io_;
  std::shared_ptr<Readiness> readiness_ = Readiness::make(io_.get_executor());
  Strings notes_;
  WatchedEnd a_{*readiness_, "a", notes_};
  WatchedEnd b_{*readiness_, "b", notes_};
};

TEST_F(ReadinessTest, TellsOfInputForAsLongAsThereIsAny) {
  a_.watch();
  b_.watch();
  EXPECT_EQ(turn(), Strings{});
  a_.say('1');
  a_.say('2');
  EXPECT_EQ(turn(), Strings{"a"});
  a_.read();
  EXPECT_EQ(turn(), Strings{"a"});
  a_.read();
  EXPECT_EQ(turn(), Strings{});
}

TEST_F(ReadinessTest, TellsOfWhatHasComeBeforeTheWatch) {
  a_.say('1');
  a_.watch();
  EXPECT_EQ(turn(), Strings{"a"});
}

TEST_F(ReadinessTest, TellsOfRoomOnlyToThoseWhoWantToWrite) {
  a_.watch();
  EXPECT_EQ(turn(), Strings{});
  a_.change({.readable = true, .writable = true});
  EXPECT_EQ(turn(), Strings{"a"});
  a_.change({});
  EXPECT_EQ(turn(), Strings{});
}

TEST_F(ReadinessTest, TellsNothingOfWhatIsForgotten) {
  a_.watch();
  a_.say('1');
  a_.forget();
  EXPECT_EQ(turn(), Strings{});
}

TEST_F(ReadinessTest, LetsOneForgetAnotherThatIsReadyAsWell) {
  for (auto* each : {&a_, &b_}) {
    each->watch();
    each->say('1');
  }
  a_.then = [&] { b_.forget(); };
  b_.then = [&] { a_.forget(); };
  EXPECT_EQ(turn().size(), 1U);
}

TEST_F(ReadinessTest, CallsAgainInALaterTurn) {
  a_.watch();
  a_.say('1');
  a_.then = [&] {
    a_.read();
    a_.then = nullptr;
    readiness_->again(a_);
  };
  EXPECT_EQ(turn(), Strings{"a"});
  EXPECT_EQ(turn(), Strings{"a"});
  EXPECT_EQ(turn(), Strings{});
}

TEST_F(ReadinessTest, CallsAgainOnceHoweverOftenItIsAskedTo) {
  readiness_->again(a_);
  readiness_->again(a_);
  EXPECT_EQ(turn(), Strings{"a"});
  EXPECT_EQ(turn(), Strings{});
}

TEST_F(ReadinessTest, GoesOnAfterAWatcherThrew) {
  a_.watch();
  a_.say('1');
  readiness_->again(b_);
  a_.then = b_.then = [] { throw std::bad_alloc(); };
  EXPECT_THROW(turn(), std::bad_alloc);
  EXPECT_THROW(turn(), std::bad_alloc);
  a_.then = b_.then = nullptr;
  readiness_->again(b_);
  Strings all = turn();
  for (const auto& each : turn()) all.push_back(each);
  std::ranges::sort(all);
  EXPECT_EQ(all, (Strings{"a", "b"}));
}

TEST_F(ReadinessTest, TellsMoreThanFitIntoOneTurn) {
  std::list<WatchedEnd> many;
  for (int i = 0; i < 100; ++i) {
    auto& each = many.emplace_back(*readiness_, std::to_string(i), notes_);
    each.then = [&each] { each.read(); };
    each.watch();
    each.say('1');
  }
  std::set<std::string> told;
  std::size_t turns = 0;
  while (told.size() < many.size() && turns < many.size()) {
    for (const auto& each : turn()) EXPECT_TRUE(told.insert(each).second);
    ++turns;
  }
  EXPECT_EQ(told.size(), many.size());
  EXPECT_GT(turns, 1U);
}

TEST_F(ReadinessTest, DoesNotCallAgainWhatIsForgotten) {
  a_.watch();
  readiness_->again(a_);
  readiness_->again(b_);
  a_.forget();
  EXPECT_EQ(turn(), Strings{"b"});
}

TEST_F(ReadinessTest, SaysThatASocketCannotBeWatched) {
  EXPECT_THROW(readiness_->watch(-1, a_, {}), std::system_error);
}

TEST_F(ReadinessTest, MayEndWhileItWaits) {
  {
    auto other = Readiness::make(io_.get_executor());
    WatchedEnd c(*other, "c", notes_);
    c.watch();
    c.say('1');
  }
  EXPECT_EQ(turn(), Strings{});
}

}  // namespace
}  // namespace coppice::net
