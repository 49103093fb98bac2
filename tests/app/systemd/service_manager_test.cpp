#include "app/systemd/service_manager.hpp"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "app/systemd/fake_manager.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app::systemd {
namespace {

using namespace std::chrono_literals;

/// What a handler waits for, holding its shard.
struct Gate {
  void wait() {
    std::unique_lock lock(mutex);
    reached = true;
    changed.notify_all();
    changed.wait(lock, [this] { return open; });
  }
  void wait_until_reached() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return reached; });
  }
  void let_through() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  std::mutex mutex;
  std::condition_variable changed;
  bool reached = false;
  bool open = false;
};

class Blocker final : public actors::Server<Blocker> {
 public:
  explicit Blocker(std::shared_ptr<Gate> gate) : gate_(std::move(gate)) {}
  struct Block {};
  void handle(Block /*message*/) { gate_->wait(); }

 private:
  std::shared_ptr<Gate> gate_;
};

class ServiceManagerTest : public testing::Test {
 protected:
  [[nodiscard]] ManagerSettings settings(std::chrono::microseconds watchdog = {}) const {
    return {.socket = listener_.address(), .watchdog = watchdog};
  }

  db::TemporaryDirectory directory_;
  FakeManager listener_{(directory_ / "notify").string()};
  actors::Runtime runtime_{{.shards = 2}};
  db::Readiness readiness_;
};

TEST_F(ServiceManagerTest, SaysThatTheServerIsReadyWhenTheDatabaseIs) {
  ServiceManager manager(runtime_, readiness_, settings());
  readiness_.set_starting("migrating\nat length");
  manager.started("listening");
  EXPECT_EQ(listener_.next(), "STATUS=not ready: migrating");
  readiness_.set_ready();
  EXPECT_EQ(listener_.next(), "READY=1\nSTATUS=listening");
  manager.stopping();
  EXPECT_EQ(listener_.next(), "STOPPING=1\nSTATUS=stopping");
}

TEST_F(ServiceManagerTest, CountsAServerAsStartedThatStaysToBeInspected) {
  readiness_.set_failed("the migration failed");
  ServiceManager manager(runtime_, readiness_, settings());
  manager.started("listening");
  EXPECT_EQ(listener_.next(), "READY=1\nSTATUS=not ready: the migration failed");
  readiness_.set_ready();
  EXPECT_EQ(listener_.next(), "STATUS=listening");
}

TEST_F(ServiceManagerTest, SaysThatItLivesWhileEveryShardAnswers) {
  readiness_.set_ready();
  ServiceManager manager(runtime_, readiness_, settings(20ms));
  manager.started("listening");
  for (int n = 0; n < 3; ++n) EXPECT_TRUE(listener_.hears("WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, SaysNothingWhileAShardIsStuck) {
  readiness_.set_ready();
  const auto gate = std::make_shared<Gate>();
  const auto blocker = actors::spawn<Blocker>(runtime_, {}, gate);
  ASSERT_TRUE(blocker);
  ServiceManager manager(runtime_, readiness_, settings(20ms));
  manager.started("listening");
  EXPECT_TRUE(listener_.hears("WATCHDOG=1"));
  blocker->cast(Blocker::Block{}).ignore();
  gate->wait_until_reached();
  // One may have been on its way, and one for an answer from before.
  std::string said;
  for (int n = 0; n < 4 && said != "nothing"; ++n) said = listener_.next(500ms);
  EXPECT_EQ(said, "nothing");
  gate->let_through();
  EXPECT_TRUE(listener_.hears("WATCHDOG=1"));
}

TEST_F(ServiceManagerTest, DoesNothingWithoutAManager) {
  ServiceManager manager(runtime_, readiness_, {});
  manager.started("listening");
  manager.stopping();
  EXPECT_EQ(listener_.next(0ms), "nothing");
}

TEST_F(ServiceManagerTest, GoesOnWithAnAddressThatIsNone) {
  ServiceManager manager(runtime_, readiness_, {.socket = "nonsense", .watchdog = 1s});
  manager.started("listening");
  manager.stopping();
  EXPECT_EQ(listener_.next(0ms), "nothing");
}

ManagerSettings read(const std::map<std::string, std::string, std::less<>>& variables) {
  return manager_settings([&](std::string_view name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  });
}

TEST(ManagerSettings, AreReadAsSystemdMeansThem) {
  EXPECT_EQ(read({{"NOTIFY_SOCKET", "/run/x"}}).socket, "/run/x");
  EXPECT_EQ(read({{"WATCHDOG_USEC", "2000000"}}).watchdog, 2s);
  EXPECT_EQ(
      read({{"WATCHDOG_USEC", "2000000"}, {"WATCHDOG_PID", std::to_string(getpid())}}).watchdog,
      2s);
  EXPECT_EQ(read({{"WATCHDOG_USEC", "2000000"}, {"WATCHDOG_PID", "1"}}).watchdog, 0s);
  for (const std::string bad : {"", "soon", "-1", "0", "1x"}) {
    EXPECT_EQ(read({{"WATCHDOG_USEC", bad}}).watchdog, 0s) << bad;
  }
}

}  // namespace
}  // namespace coppice::app::systemd
