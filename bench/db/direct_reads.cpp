#include "direct_reads.hpp"

#include <atomic>
#include <ctime>
#include <fcntl.h>
#include <memory>
#include <thread>
#include <unistd.h>

#include "actors/sleep.hpp"
#include "app/content/resources.hpp"
#include "app/content/search.hpp"
#include "db/transaction.hpp"
#include "posts.hpp"

namespace coppice::bench {

namespace {

using db::Synchronous;

constexpr double kWarmUpS = 0.3;

/// Posts in an order that neither SQLite's cache nor the processor's foresees.
std::int64_t next_post() {
  static std::atomic<std::int64_t> reads = 0;
  return reads.fetch_add(1, std::memory_order_relaxed) * 7919 % kPosts;
}

auto point_read() {
  return [](db::Connection& db) { return read_post(db, next_post()); };
}

auto long_read() {
  return [catalogue = app::content::content_catalogue()](db::Connection& db) {
    return app::content::search(db, *catalogue, {.query = "common"});
  };
}

/// A read where the caller is, on a connection that the shard's actors share.
template <class Function>
struct ReadHere {
  std::shared_ptr<db::Connection> connection;
  Function function;

  actors::Task<bool> operator()() { return read(connection, function); }
  static actors::Task<bool> read(std::shared_ptr<db::Connection> connection, Function function) {
    const auto snapshot = db::Transaction::begin(*connection, db::Transaction::Kind::deferred);
    co_return snapshot&& function(*connection).has_value();
  }
};

/// One now and then: a hundredth of a second after the last.
template <class Work>
struct Rarely {
  Work work;

  actors::Task<bool> operator()() { return wait_and(work); }
  static actors::Task<bool> wait_and(Work work) {
    std::ignore = co_await actors::sleep_for(std::chrono::milliseconds(10));
    co_return co_await work();
  }
};

std::shared_ptr<db::Connection> open(const std::filesystem::path& path) {
  return std::make_shared<db::Connection>(
      must(db::Connection::open({.path = path, .read_only = true})));
}

double cpu_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

template <class Work>
void measure(actors::Runtime& runtime, const std::string& name, std::size_t callers,
             double duration_s, const Work& work) {
  std::ignore = run_crowd(runtime, callers, kWarmUpS, work);
  const double before = cpu_seconds();
  const auto crowd = run_crowd(runtime, callers, duration_s, work);
  const double cpu = cpu_seconds() - before;
  const auto full_name = name + "_" + std::to_string(callers);
  print("coppice", full_name, crowd.per_second);
  print("coppice", full_name + "_p50", crowd.percentile(0.5));
  print("coppice", full_name + "_p99", crowd.percentile(0.99));
  print("coppice", full_name + "_cpu", cpu * 1e6 / static_cast<double>(crowd.latencies_us.size()));
}

/// What another actor of the shard has of it: how long it takes to answer, asked a millisecond
/// after its last answer.
class Neighbour final : public actors::Server<Neighbour> {
 public:
  struct Ask {
    using Reply = int;
  };
  int handle(Ask /*message*/) { return 1; }
};

std::vector<float> ask(const actors::Ref<Neighbour>& neighbour, Clock::time_point end) {
  std::vector<float> latencies_us;
  while (Clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    const auto start = Clock::now();
    must(neighbour.call_blocking(Neighbour::Ask{}, kPatience));
    latencies_us.push_back(std::chrono::duration<float, std::micro>(Clock::now() - start).count());
  }
  std::ranges::sort(latencies_us);
  return latencies_us;
}

/// While one caller makes a long read now and then.
template <class Long>
void measure_neighbour(actors::Runtime& runtime, const std::string& name, double duration_s,
                       const Long& slow) {
  const auto neighbour = must(actors::spawn<Neighbour>(runtime, {}));
  Crowd asked;
  {
    const std::jthread searches(
        [&] { std::ignore = run_crowd(runtime, 1, duration_s, Rarely<Long>{slow}); });
    asked.latencies_us = ask(neighbour, after(duration_s));
  }
  print("coppice", name + "_p50", asked.percentile(0.5));
  print("coppice", name + "_p99", asked.percentile(0.99));
  std::ignore = runtime.stop(neighbour.pid());
}

/// How long a point read takes when the system has nothing of the file in memory.
void measure_cold(const std::filesystem::path& path, double duration_s) {
  Crowd reads;
  const auto end = after(duration_s);
  while (Clock::now() < end) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    std::ignore = ::fdatasync(file);
    std::ignore = ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
    const auto connection = open(path);
    const auto start = Clock::now();
    must(read_post(*connection, next_post()));
    reads.latencies_us.push_back(
        std::chrono::duration<float, std::micro>(Clock::now() - start).count());
  }
  std::ranges::sort(reads.latencies_us);
  print("coppice", "point_read_cold_p50", reads.percentile(0.5));
  print("coppice", "point_read_cold_p99", reads.percentile(0.99));
}

}  // namespace

void direct_reads(const Folder& folder, double duration_s) {
  const auto path = folder.fresh("direct.db");
  {
    actors::Runtime runtime({.shards = 1});
    const BenchDatabase database(runtime, path, Synchronous::normal);
    write_posts(runtime, *database);
    const ReadOne pool_point{*database, point_read()};
    const ReadOne pool_long{*database, long_read()};
    const ReadHere here_point{open(path), point_read()};
    const ReadHere here_long{open(path), long_read()};
    for (const auto callers : {1U, 8U, 64U}) {
      measure(runtime, "point_pool", callers, duration_s, pool_point);
      measure(runtime, "point_direct", callers, duration_s, here_point);
    }
    measure(runtime, "long_direct", 1, duration_s, here_long);
    measure_neighbour(runtime, "neighbour_pool", duration_s, pool_long);
    measure_neighbour(runtime, "neighbour_direct", duration_s, here_long);
  }
  measure_cold(path, duration_s);
}

}  // namespace coppice::bench
