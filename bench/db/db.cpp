// The database table's workloads: bench_db NAME FOLDER SECONDS prints "PROGRAM NAME value" lines,
// PROGRAM being `coppice` or `plain`, a loop over SQLite's C API in the same file system and the
// same minute. run has the names, README.md the choices that make them comparable.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

#include <spdlog/spdlog.h>

#include "app/content/resource/read_list.hpp"
#include "app/content/resources.hpp"
#include "app/content/search.hpp"
#include "crowd.hpp"
#include "db/backup/backup.hpp"
#include "direct_reads.hpp"
#include "plain.hpp"
#include "posts.hpp"
#include "rows.hpp"

namespace {

using namespace coppice;
using bench::after;
using bench::BenchDatabase;
using bench::Clock;
using bench::Folder;
using bench::kPatience;
using bench::kPosts;
using bench::must;
using bench::PlainDatabase;
using bench::print;
using bench::read_post;
using bench::ReadOne;
using bench::run_crowd;
using bench::write_posts;
using db::Synchronous;

constexpr double kWarmUpS = 0.3;

/// One shard for the callers. COPPICE_SPIN_US lets idle threads look for work for so many
/// microseconds before they sleep.
actors::RuntimeOptions one_shard() {
  const char* spin = std::getenv("COPPICE_SPIN_US");
  return {.shards = 1,
          .spin = std::chrono::microseconds(spin == nullptr ? 0 : std::strtol(spin, nullptr, 10))};
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
    return app::content::read_list(db, app::content::posts_table(), {});
  });
  crowd("search_rare", [catalogue = app::content::content_catalogue()](db::Connection& db) {
    return app::content::search(db, *catalogue, {.query = "rareword"});
  });
  PlainDatabase plain(path, Synchronous::normal);
  print("plain", "point_read", plain.read_posts(kPosts, duration_s, bench::Snapshots::one));
  print("plain", "point_read_asked",
        plain.read_posts(kPosts, duration_s, bench::Snapshots::one_for_each));
}

// -- writes beside a backup ----------------------------------------------------------------------

/// Backups, one after the other, as the product makes them: copied, compressed and verified.
void back_up_until(const std::stop_token& stop, const std::filesystem::path& database,
                   const std::filesystem::path& backups) {
  while (!stop.stop_requested()) {
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto made = db::create_backup({.database = database, .folder = backups, .at = now}, stop);
    if (!made && made.error() != actors::Errc::cancelled) {
      throw std::runtime_error(made.error().message());
    }
  }
  std::filesystem::remove_all(backups);
}

void backup(const Folder& folder, double duration_s) {
  constexpr std::size_t kCallers = 8;
  const auto path = folder.fresh("backup.db");
  actors::Runtime runtime(one_shard());
  const BenchDatabase database(runtime, path, Synchronous::full);
  write_posts(runtime, *database);
  std::ignore = run_crowd(runtime, kCallers, kWarmUpS, InsertOne{*database});
  const auto alone = run_crowd(runtime, kCallers, duration_s, InsertOne{*database});
  std::jthread copying(
      [&](const std::stop_token& stop) { back_up_until(stop, path, folder.path / "backups"); });
  const auto beside = run_crowd(runtime, kCallers, duration_s, InsertOne{*database});
  copying.request_stop();
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
  if (name == "direct") {
    bench::direct_reads(folder, duration_s);
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
