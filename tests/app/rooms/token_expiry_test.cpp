#include "app/rooms/token_expiry.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::app::rooms {
namespace {

using namespace std::chrono_literals;
using Seen = std::vector<std::string>;

/// Notes its end.
class Wire final : public net::channels::Carrier {
 public:
  explicit Wire(Seen* seen) : seen_(seen) {}
  void close(net::websocket::CloseCode code, std::string_view reason) override {
    seen_->push_back("close " + std::to_string(static_cast<int>(code)) + " " + std::string(reason));
  }

 private:
  Seen* seen_;
};

/// A connection's actor: timers belong to its shard.
class Connection final : public actors::Server<Connection> {
 public:
  struct Watch {};
  struct Renew {
    std::optional<std::int64_t> ends_at;
  };

  Connection(std::optional<std::int64_t> ends_at, TokenExpiry::Clock clock, Seen* seen)
      : ends_at_(ends_at), clock_(std::move(clock)), seen_(seen) {}

  void init() {
    wire_ = std::make_shared<Wire>(seen_);
    expiry_ = std::make_unique<TokenExpiry>(wire_, ends_at_, clock_);
  }
  void handle(Watch) {
    expiry_->watch(
        [this](std::int64_t left) { seen_->push_back("warning " + std::to_string(left)); });
  }
  void handle(Renew renew) { expiry_->renew(renew.ends_at); }

 private:
  std::optional<std::int64_t> ends_at_;
  TokenExpiry::Clock clock_;
  Seen* seen_;
  std::shared_ptr<Wire> wire_;
  std::unique_ptr<TokenExpiry> expiry_;
};

class TokenExpiryTest : public ::testing::Test {
 protected:
  std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::seconds>(world_.now().time_since_epoch())
               .count() +
           ahead_;
  }

  void start(std::optional<std::int64_t> lasts) {
    const auto ends_at = lasts ? std::optional(now() + *lasts) : std::nullopt;
    connection_ =
        world_.spawn<Connection>(ends_at, TokenExpiry::Clock([this] { return now(); }), &seen_);
    world_.cast(connection_, Connection::Watch{}).ignore();
    world_.run();
  }

  void renew(std::optional<std::int64_t> lasts) {
    const auto ends_at = lasts ? std::optional(now() + *lasts) : std::nullopt;
    world_.cast(connection_, Connection::Renew{ends_at}).ignore();
    world_.run();
  }

  actors::testkit::World world_;
  std::int64_t ahead_ = 0;
  Seen seen_;
  actors::Ref<Connection> connection_;
};

TEST_F(TokenExpiryTest, WarnsAMinuteBeforeAndClosesAtTheEnd) {
  start(600);
  world_.advance(539s);
  EXPECT_EQ(seen_, Seen());
  world_.advance(1s);
  EXPECT_EQ(seen_, Seen{"warning 60"});
  world_.advance(59s);
  EXPECT_EQ(seen_.size(), 1U);
  world_.advance(1s);
  EXPECT_EQ(seen_, (Seen{"warning 60", "close 4001 token expired"}));
}

TEST_F(TokenExpiryTest, WarnsAtOnceWhenTheEndIsNear) {
  start(30);
  EXPECT_EQ(seen_, Seen{"warning 30"});
}

TEST_F(TokenExpiryTest, ClosesAtOnceWhatHasEndedAlready) {
  start(0);
  ASSERT_FALSE(seen_.empty());
  EXPECT_EQ(seen_.front(), "close 4001 token expired");
}

TEST_F(TokenExpiryTest, StaysWithWhatIsRenewedAndWarnsAgain) {
  start(100);
  world_.advance(50s);
  renew(100);
  world_.advance(39s);
  EXPECT_EQ(seen_, Seen{"warning 60"});
  world_.advance(1s);
  EXPECT_EQ(seen_, (Seen{"warning 60", "warning 60"}));
  renew(std::nullopt);
  world_.advance(24h);
  EXPECT_EQ(seen_.size(), 2U);
}

TEST_F(TokenExpiryTest, LeavesWhatNeverEndsAlone) {
  start(std::nullopt);
  world_.advance(24h * 365);
  EXPECT_EQ(seen_, Seen());
}

TEST_F(TokenExpiryTest, NoticesAClockThatWasSetWithinTheHour) {
  constexpr std::int64_t kDays = std::int64_t{90} * 86400;
  start(kDays);
  ahead_ = kDays;
  world_.advance(1h);
  ASSERT_FALSE(seen_.empty());
  EXPECT_EQ(seen_.back(), "close 4001 token expired");
}

TEST_F(TokenExpiryTest, EndsWithItsConnection) {
  start(100);
  std::ignore = world_.stop(connection_.pid());
  world_.advance(100s);
  EXPECT_EQ(seen_, Seen());
}

}  // namespace
}  // namespace coppice::app::rooms
