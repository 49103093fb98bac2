#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string_view>
#include <utility>

#include "actors/result.hpp"
#include "db/checkpoints.hpp"
#include "db/progress.hpp"
#include "db/statement.hpp"

namespace coppice::db {

struct CopyPace;
struct InterruptTarget;
struct ScriptError;
enum class TransactionControl : std::uint8_t;

/// What an acknowledged commit survives.
enum class Synchronous : std::uint8_t {
  full,    ///< Power loss. One sync per commit.
  normal,  ///< A crash of the process; power loss may take the last commits, never consistency.
};

struct OpenOptions {
  std::filesystem::path path{};
  bool read_only = false;
  /// Nobody writes to the file meanwhile, and nothing is made beside it: for a reader of a folder
  /// that takes no files. What a write-ahead log holds is not seen.
  bool immutable = false;
  /// Makes a new database where there is none. Without it, a missing file is an error.
  bool create = false;
  /// LiteFS replicates the file: one that it loses track of is refused. See check_replicable() in
  /// connection.cpp.
  bool replicated = false;
  Synchronous synchronous = Synchronous::full;
  /// How long a statement waits for another process that holds the database.
  std::chrono::milliseconds busy_timeout{5000};
  /// The most idle prepared statements to keep.
  std::size_t cached_statements = 64;
};

/// Ends a connection's running statement from another thread. Cheap to copy; does nothing once the
/// connection is closed. Thread: any.
class Interrupter {
 public:
  /// The statement that runs now fails with `cancelled`. A statement that changes data takes the
  /// transaction around it down with it. Without a running statement nothing happens.
  void interrupt() const noexcept;

 private:
  friend class Connection;
  explicit Interrupter(std::shared_ptr<InterruptTarget> target) noexcept
      : target_(std::move(target)) {}
  std::shared_ptr<InterruptTarget> target_;
};

/// How often a connection compiled a statement and how often it found one ready.
struct StatementCounts {
  std::uint64_t prepared = 0;
  std::uint64_t reused = 0;
};

/// One connection to an SQLite database in WAL mode, with a cache of prepared statements.
///
/// Foreign keys are enforced, REPLACE fires delete triggers, temporary data stays in memory.
/// Thread: one at a time; only an Interrupter may be used beside it.
class Connection {
 public:
  /// Opens the database. Opening for writing brings a database of another journal mode into WAL
  /// mode; an existing WAL database keeps everything that its file says about itself.
  /// Errors: not_found without a file; corrupt when it is no database; unsupported when it cannot
  /// be in WAL mode; read_only when it is to be written and can only be read; invalid_argument for
  /// read_only with create; unavailable when the file is not the one that this process serves
  /// under that path (see ServedFile); io_error, busy.
  [[nodiscard]] static actors::Result<Connection> open(const OpenOptions& options);

  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  /// Closes the database. Statements and transactions of the connection must be gone.
  ~Connection();

  /// A statement ready to bind and step, compiled only if none of this text is in the cache.
  /// Errors: internal for bad SQL; invalid_argument for anything but exactly one statement.
  [[nodiscard]] actors::Result<Statement> prepare(std::string_view sql);

  /// Runs one statement to its end and drops the rows that it may return.
  template <class... Args>
  [[nodiscard]] actors::Result<void> execute(std::string_view sql, const Args&... values);

  /// The rows that the last INSERT, UPDATE or DELETE changed itself, without those of triggers.
  [[nodiscard]] std::int64_t changes() const noexcept;
  /// All rows changed since the connection was opened, by triggers and cascades too.
  [[nodiscard]] std::int64_t total_changes() const noexcept;
  /// Rows of tables with a rowid that were written since the connection was opened, also by
  /// statements that failed. total_changes() may leave out what a trigger wrote before it ended
  /// with RAISE(FAIL) or a conflict clause FAIL, and which stays nevertheless.
  [[nodiscard]] std::int64_t touched_rows() const noexcept;
  [[nodiscard]] std::int64_t last_insert_rowid() const noexcept;
  [[nodiscard]] bool in_transaction() const noexcept;
  /// The transaction leaves a deferred foreign key without its row, so it could not be committed.
  [[nodiscard]] bool breaks_foreign_keys() const noexcept;
  /// What failed the last call is not what was asked, but the database: its disk, its file, or
  /// another process. The next statement would meet the same.
  [[nodiscard]] bool has_failed() const noexcept;
  /// A COMMIT has failed for the database's own reasons: nobody knows what of it reached the disk.
  [[nodiscard]] bool has_lost_commit() const noexcept;
  /// The same of another connection to this database, for which this one has to answer.
  void note_lost_commit() noexcept;
  [[nodiscard]] bool read_only() const noexcept;
  /// What became of checkpoints since this was called last, of a connection that writes.
  [[nodiscard]] Checkpoints take_checkpoints();
  [[nodiscard]] StatementCounts statement_counts() const noexcept;
  [[nodiscard]] Interrupter interrupter() const noexcept;

 private:
  friend class Transaction;
  friend class Savepoint;
  friend class StatementDeadline;
  friend class StoredBlob;
  friend actors::Result<Connection> private_copy(const std::filesystem::path& database,
                                                 const CopyPace& pace, const std::stop_token& stop,
                                                 const Report& report);
  friend std::expected<void, ScriptError> run_script(Connection& connection, std::string_view sql,
                                                     TransactionControl control);
  explicit Connection(std::unique_ptr<ConnectionState> state) noexcept;

  std::unique_ptr<ConnectionState> state_;
};

template <class... Args>
actors::Result<void> Connection::execute(std::string_view sql, const Args&... values) {
  auto statement = prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  if (auto bound = statement->borrow_all(values...); !bound) return bound;
  return statement->run();
}

}  // namespace coppice::db
