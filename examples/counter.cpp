// The smallest actor: it counts. Shows messages, a call with a deadline, and an orderly end.
#include <cstdio>

#include "actors/server.hpp"

using namespace std::chrono_literals;
namespace actors = coppice::actors;

class Counter final : public actors::Server<Counter> {
 public:
  struct Increment {
    int by = 1;
  };
  struct Get {
    using Reply = int;
  };

  void handle(Increment message) { total_ += message.by; }
  int handle(Get /*message*/) { return total_; }
  void terminate(const actors::ExitReason& reason) {
    std::printf("ends with %d: %s\n", total_, reason.to_string().c_str());
  }

 private:
  int total_ = 0;
};

int main() {
  actors::Runtime runtime({.shards = 1});
  const auto counter = actors::spawn<Counter>(runtime, {});
  if (!counter) {
    std::printf("no counter: %s\n", counter.error().message().c_str());
    return 1;
  }

  for (int i = 1; i <= 4; ++i) {
    if (!counter->cast(Counter::Increment{i})) return 1;
  }
  const auto total = counter->call_blocking(Counter::Get{}, 1s);
  std::printf("total %d\n", total.value_or(-1));

  std::ignore = runtime.stop(counter->pid());
  const auto gone = counter->call_blocking(Counter::Get{}, 1s);
  std::printf("afterwards: %s\n", gone.error().message().c_str());
  return total == 10 ? 0 : 1;
}
