// A worker that crashes and grows back. Shows a child spec, the address of a place in the tree,
// which outlives incarnations, a crash report, and a caller that waits for the next incarnation.
#include <cstdio>

#include "actors/server.hpp"
#include "supervisor/supervisor.hpp"

using namespace std::chrono_literals;
namespace actors = coppice::actors;
namespace supervisor = coppice::supervisor;

class Divider final : public actors::Server<Divider> {
 public:
  struct Divide {
    using Reply = int;
    int dividend;
    int divisor;
  };
  int handle(Divide message) {
    if (message.divisor == 0) throw std::domain_error("division by zero");
    return message.dividend / message.divisor;
  }
};

class Client final : public actors::Server<Client> {
 public:
  explicit Client(actors::ChildRef<Divider> divider) : divider_(std::move(divider)) {}

  struct Run {
    using Reply = int;
  };
  actors::Task<actors::Result<int>> handle(Run /*message*/) {
    const auto crashed = co_await divider_.call(Divider::Divide{1, 0}, 1s);
    std::printf("1 / 0: %s\n", crashed ? "?" : crashed.error().message().c_str());
    // The worker may still be on its way back: wait for it within the deadline.
    co_return co_await divider_.call_when_up(Divider::Divide{84, 2}, 5s);
  }

 private:
  actors::ChildRef<Divider> divider_;
};

int main() {
  actors::Runtime runtime({.shards = 2});
  const auto reports = runtime.events().attach(
      [](const actors::Event& event) {
        std::printf("crash of %s while handling %s: %s\n", event.crash->path.c_str(),
                    event.crash->message_type.c_str(), event.reason->to_string().c_str());
      },
      {actors::EventKind::actor_crash});

  const supervisor::SupervisorSpec tree{.flags = {.intensity = {.intensity = 3}},
                                        .children = {supervisor::worker<Divider>("divider")}};
  const auto root = actors::spawn<supervisor::Supervisor>(runtime, {.place = runtime.root()}, tree);
  if (!root) return 1;

  const actors::ChildRef<Divider> divider(runtime, runtime.root()->find("/divider"));
  const auto client = actors::spawn<Client>(runtime, {}, divider);
  if (!client) return 1;
  const auto answer = client->call_blocking(Client::Run{}, 10s);
  std::printf("84 / 2 = %d, incarnation %llu\n", answer.value_or(-1),
              static_cast<unsigned long long>(divider.epoch()));

  std::ignore = runtime.stop(root->pid());
  return answer == 42 && divider.epoch() == 2 ? 0 : 1;
}
