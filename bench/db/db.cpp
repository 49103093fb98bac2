// The database table's workloads: bench_db NAME FOLDER SECONDS prints "PROGRAM NAME value" lines,
// PROGRAM being `coppice` or `plain`, a loop over SQLite's C API in the same file system and the
// same minute. run has the names, README.md the choices that make them comparable.
#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <latch>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <spdlog/spdlog.h>

#include "actors/server.hpp"
#include "actors/spawn.hpp"
#include "app/content/read_posts.hpp"
#include "app/content/search.hpp"
#include "db/query.hpp"
#include "plain.hpp"
#include "rows.hpp"

namespace {

using namespace coppice;
using bench::BenchDatabase;
using bench::must;
using bench::PlainDatabase;
using db::Synchronous;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = seconds(30);

/// One shard for the callers. COPPICE_SPIN_US lets idle threads look for work for so many
/// microseconds before they sleep.
actors::RuntimeOptions one_shard() {
  const char* spin = std::getenv("COPPICE_SPIN_US");
  return {.shards = 1,
          .spin = std::chrono::microseconds(spin == nullptr ? 0 : std::strtol(spin, nullptr, 10))};
}

constexpr double kWarmUpS = 0.3;
constexpr std::int64_t kPosts = 10'000;

Clock::time_point after(double s) {
  return Clock::now() +
         std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(s));
}

void print(std::string_view program, std::string_view name, double value) {
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

// -- many callers --------------------------------------------------------------------------------

/// What one caller did until the end of its time.
struct Tally {
  std::int64_t done = 0;
  std::vector<float> latencies_us;
};

/// Does one thing after the other, each when the one before is answered.
template <class Work>
class Caller final : public actors::Server<Caller<Work>> {
 public:
  struct Go {
    Clock::time_point end;
    Tally* tally;
    std::latch* finished;
  };

  explicit Caller(Work work) : work_(std::move(work)) {}

  actors::Task<void> handle(Go go) {
    auto start = Clock::now();
    while (start < go.end) {
      const bool ok = co_await work_();
      if (!ok) throw std::runtime_error("a request failed");
      const auto answered = Clock::now();
      go.tally->latencies_us.push_back(
          std::chrono::duration<float, std::micro>(answered - start).count());
      ++go.tally->done;
      start = answered;
    }
    go.finished->count_down();
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

/// One durable insert.
struct InsertOne {
  db::Database database;
  std::string body = std::string(bench::kRowBytes, 'x');

  // Lives in its caller, which awaits it.
  actors::Task<bool> operator()() {
    bench::InsertRow command{body};
    const auto made = co_await database.execute(std::move(command), kPatience);
    co_return made.has_value();
  }
};

// -- inserts -------------------------------------------------------------------------------------

std::int64_t commits_of(actors::Runtime& runtime, const db::Database& database) {
  return must(database.read_blocking(
                  runtime, [](db::Connection& db) { return db::read_position(db); }, kPatience))
      .sequence;
}

void insert(const std::string& name, const Folder& folder, double duration_s, Synchronous mode,
            std::size_t callers) {
  double rows_per_commit = 0;
  {
    actors::Runtime runtime(one_shard());
    const BenchDatabase database(runtime, folder.fresh("coppice.db"), mode);
    std::ignore = run_crowd(runtime, callers, kWarmUpS, InsertOne{*database});
    const auto before = commits_of(runtime, *database);
    const auto crowd = run_crowd(runtime, callers, duration_s, InsertOne{*database});
    const auto commits = static_cast<double>(commits_of(runtime, *database) - before);
    rows_per_commit = static_cast<double>(crowd.latencies_us.size()) / commits;
    print("coppice", name, crowd.per_second);
    print("rows_per_commit", name, rows_per_commit);
  }
  PlainDatabase plain(folder.fresh("plain.db"), mode);
  plain.run(std::string(bench::kCreateRows));
  const auto rows = std::max<std::int64_t>(std::llround(rows_per_commit), 1);
  std::ignore = plain.insert(rows, kWarmUpS);
  print("plain", name, plain.insert(rows, duration_s));
}

// -- reads ---------------------------------------------------------------------------------------

/// One post in a hundred has the rare word, all have the common one.
app::content::Post post_of(std::int64_t number) {
  app::content::Post post;
  post.title = "Post " + std::to_string(number);
  post.slug = "post-" + std::to_string(number);
  if (number % 100 == 0) post.raw_body = "rareword ";
  for (std::int64_t i = 0; post.raw_body.size() < 2000; ++i) {
    post.raw_body += "word" + std::to_string((number + i * i) % 5000) + " common ";
  }
  post.body = "<p>" + post.raw_body + "</p>";
  post.excerpt = post.body.substr(0, 200);
  post.published_at = "2026-01-01T00:00:00";
  post.tags = {"tag-" + std::to_string(number % 20)};
  return post;
}

void write_posts(actors::Runtime& runtime, const db::Database& database) {
  std::vector<db::Command> commands;
  commands.reserve(static_cast<std::size_t>(kPosts));
  for (std::int64_t i = 0; i < kPosts; ++i) {
    commands.push_back(db::to_command(app::content::UpsertPost{post_of(i)}));
  }
  for (const auto& done :
       database.execute_all_blocking(runtime, std::move(commands), std::chrono::minutes(5))) {
    must(actors::Result<db::CommandReply>(done));
  }
}

/// A read through the pool, by one caller after the other.
template <class Function>
struct ReadOne {
  db::Database database;
  Function function;

  actors::Task<bool> operator()() { return read(database, function); }
  static actors::Task<bool> read(db::Database database, Function function) {
    const auto found = co_await database.read(std::move(function), kPatience);
    co_return found.has_value();
  }
};

using TitleAndText = std::tuple<std::string, std::string>;

actors::Result<std::optional<TitleAndText>> read_post(db::Connection& db, std::int64_t number) {
  const auto slug = "post-" + std::to_string(number);
  return db::query_one<std::string, std::string>(
      db, "SELECT title, raw_body FROM posts WHERE slug = ?", slug);
}

/// Reads for that long on the reader's own thread. Gives reads per second.
actors::Result<double> read_posts(db::Connection& db, double duration_s) {
  std::int64_t reads = 0;
  const auto start = Clock::now();
  const auto end = after(duration_s);
  for (; Clock::now() < end; ++reads) {
    const auto post = read_post(db, reads * 7919 % kPosts);
    if (!post) return std::unexpected(post.error());
    if (!*post) return actors::fail(actors::Errc::not_found, "a post is missing");
  }
  return static_cast<double>(reads) / std::chrono::duration<double>(Clock::now() - start).count();
}

void reads(const Folder& folder, double duration_s) {
  constexpr std::size_t kCallers = 64;
  const auto path = folder.fresh("posts.db");
  actors::Runtime runtime(one_shard());
  const BenchDatabase database(runtime, path, Synchronous::normal);
  write_posts(runtime, *database);
  print("coppice", "point_read",
        must(database->read_blocking(
            runtime, [=](db::Connection& db) { return read_posts(db, duration_s); }, kPatience)));
  const auto crowd = [&](const char* name, auto function) {
    print("coppice", name,
          run_crowd(runtime, kCallers, duration_s, ReadOne{*database, function}).per_second);
  };
  crowd("point_read_asked", [](db::Connection& db) {
    static std::int64_t reads = 0;  // There is one reader.
    return read_post(db, ++reads * 7919 % kPosts);
  });
  crowd("list_20", [](db::Connection& db) {
    return app::content::list_posts(db, app::content::PostListRequest{});
  });
  crowd("search_rare",
        [](db::Connection& db) { return app::content::search(db, {.query = "rareword"}); });
  PlainDatabase plain(path, Synchronous::normal);
  print("plain", "point_read", plain.read_posts(kPosts, duration_s, bench::Snapshots::one));
  print("plain", "point_read_asked",
        plain.read_posts(kPosts, duration_s, bench::Snapshots::one_for_each));
}

// -- writes beside a backup ----------------------------------------------------------------------

void backup(const Folder& folder, double duration_s) {
  constexpr std::size_t kCallers = 8;
  const auto path = folder.fresh("backup.db");
  actors::Runtime runtime(one_shard());
  const BenchDatabase database(runtime, path, Synchronous::full);
  write_posts(runtime, *database);
  std::ignore = run_crowd(runtime, kCallers, kWarmUpS, InsertOne{*database});
  const auto alone = run_crowd(runtime, kCallers, duration_s, InsertOne{*database});
  std::atomic<bool> stop = false;
  std::jthread copying([&] {
    PlainDatabase source(path, Synchronous::full);
    source.back_up(folder.fresh("copy.db"), stop);
  });
  const auto beside = run_crowd(runtime, kCallers, duration_s, InsertOne{*database});
  stop = true;
  print("coppice", "write_p50", alone.percentile(0.5));
  print("coppice", "write_p99", alone.percentile(0.99));
  print("coppice", "write_p50_during_backup", beside.percentile(0.5));
  print("coppice", "write_p99_during_backup", beside.percentile(0.99));
}

// ------------------------------------------------------------------------------------------------

/// "insert_full_64" → 64 callers at FULL.
bool run_insert(const std::string& name, const Folder& folder, double duration_s) {
  for (const auto& [prefix, mode] :
       {std::pair<std::string_view, Synchronous>{"insert_full_", Synchronous::full},
        {"insert_normal_", Synchronous::normal}}) {
    if (!name.starts_with(prefix)) continue;
    insert(name, folder, duration_s, mode, std::stoul(name.substr(prefix.size())));
    return true;
  }
  return false;
}

int run(const std::string& name, const Folder& folder, double duration_s) {
  if (run_insert(name, folder, duration_s)) return 0;
  if (name == "reads") {
    reads(folder, duration_s);
    return 0;
  }
  if (name == "backup") {
    backup(folder, duration_s);
    return 0;
  }
  std::fprintf(stderr, "bench_db: unknown benchmark: %s\n", name.c_str());
  return 2;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark that cannot go on shall say why and end
int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: bench_db NAME FOLDER SECONDS\n");
    return 2;
  }
  spdlog::set_level(spdlog::level::warn);
  return run(argv[1], Folder{argv[2]}, std::stod(argv[3]));
}
