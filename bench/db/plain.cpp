#include "plain.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

#include <sqlite3.h>

#include "rows.hpp"

namespace coppice::bench {

namespace {

using Clock = std::chrono::steady_clock;

struct Close {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
  void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
};
using Handle = std::unique_ptr<sqlite3, Close>;
using Statement = std::unique_ptr<sqlite3_stmt, Close>;

Handle open(const std::filesystem::path& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  Handle opened(handle);
  if (code != SQLITE_OK) throw std::runtime_error(path.string() + ": " + sqlite3_errmsg(handle));
  return opened;
}

void run(sqlite3* handle, const std::string& sql) {
  if (sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(handle));
  }
}

Statement prepare(sqlite3* handle, std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v3(handle, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT,
                     &statement, nullptr);
  if (statement == nullptr) throw std::runtime_error(sqlite3_errmsg(handle));
  return Statement(statement);
}

void require(sqlite3_stmt* statement, int wanted) {
  if (sqlite3_step(statement) != wanted) {
    throw std::runtime_error(sqlite3_errmsg(sqlite3_db_handle(statement)));
  }
}

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

struct PlainDatabase::Handles {
  Handle database;
};

PlainDatabase::PlainDatabase(const std::filesystem::path& path, db::Synchronous synchronous)
    : handles_(std::make_unique<Handles>(open(path))) {
  run("PRAGMA journal_mode = WAL");
  run(std::string("PRAGMA synchronous = ") +
      (synchronous == db::Synchronous::full ? "FULL" : "NORMAL"));
}

PlainDatabase::~PlainDatabase() = default;

void PlainDatabase::run(const std::string& sql) { bench::run(handles_->database.get(), sql); }

double PlainDatabase::insert(std::int64_t rows_per_commit, double seconds) {
  sqlite3* const handle = handles_->database.get();
  const std::string body(kRowBytes, 'x');
  const Statement begin = prepare(handle, "BEGIN IMMEDIATE");
  const Statement commit = prepare(handle, "COMMIT");
  const Statement insert = prepare(handle, kInsertRow);
  std::int64_t rows = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    require(begin.get(), SQLITE_DONE);
    sqlite3_reset(begin.get());
    for (std::int64_t i = 0; i < rows_per_commit; ++i) {
      sqlite3_bind_text(insert.get(), 1, body.data(), static_cast<int>(body.size()),
                        SQLITE_TRANSIENT);
      require(insert.get(), SQLITE_DONE);
      sqlite3_reset(insert.get());
    }
    require(commit.get(), SQLITE_DONE);
    sqlite3_reset(commit.get());
    rows += rows_per_commit;
  }
  return static_cast<double>(rows) / seconds_since(start);
}

double PlainDatabase::read_posts(std::int64_t posts, double seconds, Snapshots snapshots) {
  if (snapshots == Snapshots::one) run("BEGIN");
  const Statement read =
      prepare(handles_->database.get(), "SELECT title, raw_body FROM posts WHERE slug = ?");
  std::int64_t reads = 0;
  std::size_t bytes = 0;
  const auto start = Clock::now();
  while (seconds_since(start) < seconds) {
    const auto slug = "post-" + std::to_string(reads * 7919 % posts);
    sqlite3_bind_text(read.get(), 1, slug.data(), static_cast<int>(slug.size()), SQLITE_TRANSIENT);
    require(read.get(), SQLITE_ROW);
    const std::string title(reinterpret_cast<const char*>(sqlite3_column_text(read.get(), 0)));
    const std::string text(reinterpret_cast<const char*>(sqlite3_column_text(read.get(), 1)));
    bytes += title.size() + text.size();
    sqlite3_reset(read.get());
    ++reads;
  }
  if (snapshots == Snapshots::one) run("COMMIT");
  if (bytes == 0) throw std::runtime_error("the posts are empty");
  return static_cast<double>(reads) / seconds_since(start);
}

}  // namespace coppice::bench
