#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "actors/runtime.hpp"
#include "app/content/content_commands.hpp"
#include "db/database.hpp"
#include "db/embedded_migrations.hpp"
#include "supervisor/supervisor.hpp"

/// What the database's benchmarks write: rows of 200 bytes.
namespace coppice::bench {

inline constexpr std::size_t kRowBytes = 200;
inline constexpr std::string_view kCreateRows =
    "CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL)";
inline constexpr std::string_view kInsertRow = "INSERT INTO rows (body) VALUES (?)";

struct InsertRow {
  static constexpr std::string_view kName = "bench.insert_row";
  using Reply = std::int64_t;

  std::string body;
  auto fields(this auto& self) { return std::tie(self.body); }

  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const {
    if (auto done = db.execute(kInsertRow, body); !done) return std::unexpected(done.error());
    return db.last_insert_rowid();
  }
};

/// A value that a benchmark cannot go on without.
template <class T>
T must(actors::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A database with the application's schema and the table of rows, and the actors that serve it.
class BenchDatabase {
 public:
  BenchDatabase(actors::Runtime& runtime, const std::filesystem::path& path,
                db::Synchronous synchronous, std::size_t readers = 1)
      : runtime_(runtime),
        database_(must(db::Database::create({.path = path,
                                             .pool_size = readers,
                                             .synchronous = synchronous,
                                             .commands = commands(),
                                             .migrations = migrations()}))) {
    const auto place = runtime_.root()->child("database", supervisor::ChildType::supervisor, "");
    const auto started = runtime_.start(db::database_spec(database_).start, {.place = place});
    if (!started.ok()) throw std::runtime_error(started.reason.to_string());
    supervisor_ = started.pid;
    must(database_.wait_until_ready(runtime_, std::chrono::seconds(30)));
  }
  BenchDatabase(const BenchDatabase&) = delete;
  BenchDatabase& operator=(const BenchDatabase&) = delete;
  ~BenchDatabase() { std::ignore = runtime_.stop(supervisor_); }

  [[nodiscard]] const db::Database& operator*() const noexcept { return database_; }
  [[nodiscard]] const db::Database* operator->() const noexcept { return &database_; }

 private:
  static std::shared_ptr<const db::CommandRegistry> commands() {
    auto registry = std::make_shared<db::CommandRegistry>();
    app::content::add_content_commands(*registry);
    registry->add<InsertRow>();
    return registry;
  }

  static std::shared_ptr<const db::Migrations> migrations() {
    std::vector<db::MigrationFile> files;
    for (const auto& file : db::embedded_migration_files()) {
      files.push_back({std::string(file.name), std::string(file.text)});
    }
    files.push_back(
        {"migrations/20990101000000_create_rows.up.sql", std::string(kCreateRows) + ";\n"});
    return std::make_shared<const db::Migrations>(must(db::Migrations::from_files(files)));
  }

  actors::Runtime& runtime_;
  db::Database database_;
  actors::Pid supervisor_;
};

}  // namespace coppice::bench
