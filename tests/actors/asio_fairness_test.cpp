// Asio's handlers and actors share a thread: neither may keep it for itself.
#include <atomic>
#include <future>

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "actors/runtime.hpp"
#include "actors/server.hpp"
#include "actors/shard.hpp"
#include "actors/spawn.hpp"

namespace coppice::actors {
namespace {

using namespace std::chrono_literals;

class Listener final : public Server<Listener> {
 public:
  struct Ask {
    using Reply = int;
  };
  int handle(Ask /*message*/) { return 42; }
};

/// Has work for Asio as long as it lives: each handler posts the next.
class EndlessHandlers {
 public:
  explicit EndlessHandlers(boost::asio::io_context& io) : io_(io) { post_next(); }
  ~EndlessHandlers() {
    stopping_ = true;
    stopped_.get_future().wait();
  }
  EndlessHandlers(const EndlessHandlers&) = delete;
  EndlessHandlers& operator=(const EndlessHandlers&) = delete;

 private:
  void post_next() {
    boost::asio::post(io_, [this] { stopping_ ? stopped_.set_value() : post_next(); });
  }

  boost::asio::io_context& io_;
  std::atomic<bool> stopping_{false};
  std::promise<void> stopped_;
};

TEST(AsioFairness, ActorsHaveTheirTurnsWhileAsioAlwaysHasWork) {
  std::promise<Result<int>> answered;
  Runtime runtime({.shards = 1});
  const auto listener = spawn<Listener>(runtime, {});
  ASSERT_TRUE(listener);
  const EndlessHandlers handlers(runtime.shard(0).io());
  auto answer = answered.get_future();
  boost::asio::post(runtime.shard(0).io(), [&answered, &listener] {
    listener->async_call(Listener::Ask{}, 1h,
                         [&answered](Result<int> result) { answered.set_value(result); });
  });
  EXPECT_EQ(answer.wait_for(60s), std::future_status::ready) << "the actor was never run";
}

}  // namespace
}  // namespace coppice::actors
