// A pool of workers that come and go. Shows a dynamic supervisor with a limit, and temporary
// children that answer once and end.
#include <cstdio>
#include <vector>

#include "actors/server.hpp"
#include "supervisor/dynamic_supervisor.hpp"

using namespace std::chrono_literals;
namespace actors = coppice::actors;
namespace supervisor = coppice::supervisor;

/// Works on one job, then ends.
class Job final : public actors::Server<Job> {
 public:
  explicit Job(int number) : number_(number) {}

  struct Run {
    using Reply = int;
  };
  int handle(Run /*message*/) {
    stop();
    return number_ * number_;
  }

 private:
  int number_;
};

int main() {
  actors::Runtime runtime({.shards = 2});
  const auto pool = actors::spawn<supervisor::DynamicSupervisor>(
      runtime, {}, supervisor::DynamicFlags{.max_children = 4});
  if (!pool) return 1;

  const auto job = supervisor::child_template<Job>("job");
  std::vector<actors::Ref<Job>> jobs;
  for (int number = 1; number <= 5; ++number) {
    auto spec = job(number);
    spec.restart = supervisor::Restart::temporary;
    const auto started = pool->call_blocking(supervisor::StartChild{std::move(spec)}, 1s);
    if (!started) {
      std::printf("job %d refused: %s\n", number, started.error().message().c_str());
      continue;
    }
    jobs.emplace_back(runtime, started->pid.value());
  }

  int sum = 0;
  for (const auto& each : jobs) sum += each.call_blocking(Job::Run{}, 1s).value_or(0);
  std::printf("%zu jobs, sum of squares %d\n", jobs.size(), sum);

  std::ignore = runtime.stop(pool->pid());
  return jobs.size() == 4 && sum == 30 ? 0 : 1;
}
