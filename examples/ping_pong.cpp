// Two actors on two shards, so on two threads, that talk to each other. Shows placement, a handler
// that is a coroutine and awaits answers, and an answer that is given later.
#include <cstdio>

#include "actors/server.hpp"

using namespace std::chrono_literals;
namespace actors = coppice::actors;

class Pong final : public actors::Server<Pong> {
 public:
  struct Ping {
    using Reply = int;
    int number;
  };
  int handle(Ping ping) { return ping.number + 1; }
};

class Player final : public actors::Server<Player> {
 public:
  explicit Player(actors::Ref<Pong> partner) : partner_(partner) {}

  struct Play {
    using Reply = int;
    int rounds;
  };

  // While this waits for an answer its thread serves others; this actor's own mail waits.
  actors::Task<actors::Result<int>> handle(Play play) {
    int number = 0;
    for (int round = 0; round < play.rounds; ++round) {
      const auto answer = co_await partner_.call(Pong::Ping{number}, 1s);
      if (!answer) co_return std::unexpected(answer.error());
      number = *answer;
    }
    co_return number;
  }

 private:
  actors::Ref<Pong> partner_;
};

int main() {
  actors::Runtime runtime({.shards = 2, .spin = 10us});
  const auto pong = actors::spawn<Pong>(runtime, {.placement = actors::Placement::shard(1)});
  if (!pong) return 1;
  const auto player =
      actors::spawn<Player>(runtime, {.placement = actors::Placement::shard(0)}, *pong);
  if (!player) return 1;

  const auto number = player->call_blocking(Player::Play{1000}, 30s);
  if (!number) {
    std::printf("%s\n", number.error().message().c_str());
    return 1;
  }
  std::printf("%d round trips between shard %u and shard %u\n", *number, player->pid().shard(),
              pong->pid().shard());
  return *number == 1000 ? 0 : 1;
}
