#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <latch>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/server.hpp"
#include "actors/spawn.hpp"
#include "rows.hpp"

/// Callers that do one thing after the other, and what they measure.
namespace coppice::bench {

using Clock = std::chrono::steady_clock;

inline Clock::time_point after(double s) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

inline void print(std::string_view program, std::string_view name, double value) {
  std::printf("%s %s %.6g\n", std::string(program).c_str(), std::string(name).c_str(), value);
  std::fflush(stdout);
}

/// Where a run keeps its databases.
struct Folder {
  std::filesystem::path path;

  /// A path at which there is no database.
  [[nodiscard]] std::filesystem::path fresh(const std::string& name) const {
    for (const auto* suffix : {"", "-wal", "-shm"}) {
      std::filesystem::remove(path / (name + suffix));
    }
    return path / name;
  }
};

/// What one caller did until the end of its time.
struct Tally {
  std::int64_t done = 0;
  std::vector<float> latencies_us;
};

/// Does one thing after the other, each when the one before is answered, with the others' mail in
/// between. A latency is the time from one answer to the next.
template <class Work>
class Caller final : public actors::Server<Caller<Work>> {
 public:
  struct Go {
    Clock::time_point end;
    Tally* tally;
    std::latch* finished;
    Clock::time_point last{};
  };

  explicit Caller(Work work) : work_(std::move(work)) {}

  actors::Task<void> handle(Go go) {
    if (go.last == Clock::time_point{}) go.last = Clock::now();
    const bool ok = co_await work_();
    if (!ok) throw std::runtime_error("a request failed");
    const auto now = Clock::now();
    go.tally->latencies_us.push_back(
        std::chrono::duration<float, std::micro>(now - std::exchange(go.last, now)).count());
    ++go.tally->done;
    if (now < go.end) {
      this->requeue(go);
    } else {
      go.finished->count_down();
    }
  }

 private:
  Work work_;
};

struct Crowd {
  double per_second = 0;
  std::vector<float> latencies_us;  // Sorted.

  [[nodiscard]] double percentile(double part) const {
    const auto index = static_cast<std::size_t>(part * static_cast<double>(latencies_us.size()));
    return latencies_us.at(std::min(index, latencies_us.size() - 1));
  }
};

template <class Work>
Crowd run_crowd(actors::Runtime& runtime, std::size_t callers, double duration_s, Work work) {
  std::vector<Tally> tallies(callers);
  std::latch finished(static_cast<std::ptrdiff_t>(callers));
  std::vector<actors::Ref<Caller<Work>>> refs;
  for (std::size_t i = 0; i < callers; ++i) {
    refs.push_back(must(actors::spawn<Caller<Work>>(runtime, {}, work)));
  }
  const auto start = Clock::now();
  const auto end = after(duration_s);
  for (std::size_t i = 0; i < callers; ++i) {
    refs[i].cast(typename Caller<Work>::Go{end, &tallies[i], &finished}).ignore();
  }
  finished.wait();
  const double took = std::chrono::duration<double>(Clock::now() - start).count();
  Crowd crowd;
  std::int64_t done = 0;
  for (const auto& tally : tallies) {
    done += tally.done;
    crowd.latencies_us.insert(crowd.latencies_us.end(), tally.latencies_us.begin(),
                              tally.latencies_us.end());
  }
  std::ranges::sort(crowd.latencies_us);
  crowd.per_second = static_cast<double>(done) / took;
  for (const auto& ref : refs) std::ignore = runtime.stop(ref.pid());
  return crowd;
}

}  // namespace coppice::bench
