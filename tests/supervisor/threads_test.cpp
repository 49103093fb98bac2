// Supervision with real threads. Nothing here waits for a time; run under TSan and ASan as well.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "supervisor/supervisor.hpp"

namespace coppice::supervisor {
namespace {

using actors::Placement;
using actors::Runtime;

/// What workers on several threads did, in order; a test waits for its length.
class SharedLog {
 public:
  void add(std::string entry) {
    {
      const std::lock_guard lock(mutex_);
      entries_.push_back(std::move(entry));
    }
    ++size_;
    size_.notify_all();
  }
  void wait_for(std::size_t least) {
    for (auto now = size_.load(); now < least; now = size_.load()) size_.wait(now);
  }
  [[nodiscard]] std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    size_ = 0;
    return std::exchange(entries_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> entries_;
  std::atomic<std::size_t> size_{0};
};

class Logger final : public actors::Server<Logger> {
 public:
  struct Crash {};

  Logger(std::string name, std::shared_ptr<SharedLog> log)
      : name_(std::move(name)), log_(std::move(log)) {
    log_->add("start " + name_);
  }
  void init() { trap_exits(); }
  void terminate(const actors::ExitReason& /*reason*/) { log_->add("stop " + name_); }
  void handle(Crash /*message*/) { throw std::runtime_error("boom"); }

 private:
  std::string name_;
  std::shared_ptr<SharedLog> log_;
};

// catalogue 128
TEST(GroupThreads, KeepTheOrderOfAGroupThatIsScatteredOverThem) {
  const auto log = std::make_shared<SharedLog>();
  Runtime runtime({.shards = 3});
  SupervisorSpec spec{{.strategy = Strategy::rest_for_one, .intensity = {.intensity = 1'000}}, {}};
  const std::vector<std::string> names{"a", "b", "c", "d", "e"};
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    ChildSpec child = worker<Logger>(names[i], names[i], log);
    child.options.placement = Placement::shard(i % 3);
    spec.children.push_back(std::move(child));
  }
  const auto place = runtime.root()->add_child("top", ChildType::supervisor, "under test");
  const auto supervisor =
      actors::spawn<Supervisor>(runtime, {.place = place}, std::move(spec)).value();
  EXPECT_EQ(log->take(),
            (std::vector<std::string>{"start a", "start b", "start c", "start d", "start e"}));
  const actors::ChildRef<Logger> second(runtime, place->find("b"));
  const actors::ChildRef<Logger> last(runtime, place->find("e"));
  for (int round = 0; round < 50; ++round) {
    while (!second.cast(Logger::Crash{})) std::this_thread::yield();
    log->wait_for(8);
    EXPECT_EQ(log->take(), (std::vector<std::string>{"stop b", "stop e", "stop d", "stop c",
                                                     "start b", "start c", "start d", "start e"}));
  }
  EXPECT_EQ(runtime.stop(supervisor.pid()), actors::ExitReason::shutdown());
}

/// Keeps what it gets.
class Hoarder final : public actors::Server<Hoarder> {
 public:
  struct Keep {
    using Reply = std::size_t;
    std::size_t bytes;
  };
  std::size_t handle(Keep message) { return kept_ += message.bytes; }
  [[nodiscard]] std::size_t state_bytes() const override { return kept_; }

 private:
  std::size_t kept_ = 0;
};

// catalogue 130
TEST(MemoryLimit, MakesAnActorBeginAgainSmall) {
  Runtime runtime({.shards = 1});
  ChildSpec hoarder = worker<Hoarder>("hoarder");
  hoarder.options.memory_limit_bytes = 10'000;
  const auto place = runtime.root()->add_child("top", ChildType::supervisor, "under test");
  const auto supervisor = actors::spawn<Supervisor>(runtime, {.place = place},
                                                    SupervisorSpec{{}, {std::move(hoarder)}});
  ASSERT_TRUE(supervisor);
  const actors::ChildRef<Hoarder> ref(runtime, place->find("hoarder"));
  EXPECT_EQ(ref.call_blocking(Hoarder::Keep{9'000}), 9'000U);
  std::ignore = ref.call_blocking(Hoarder::Keep{9'000});
  auto answer = ref.call_blocking(Hoarder::Keep{1});
  while (!answer) answer = ref.call_blocking(Hoarder::Keep{1});
  EXPECT_LT(*answer, 100U);
  EXPECT_EQ(place->find("hoarder")->snapshot().restarts, 1U);
}

}  // namespace
}  // namespace coppice::supervisor
