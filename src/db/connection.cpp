#include "db/connection.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

#include "db/connection_state.hpp"
#include "db/served_file.hpp"
#include "db/sqlite_error.hpp"

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

using Handle = std::unique_ptr<sqlite3, CloseConnection>;

// "CPPC": tells file(1) and people whose database this is.
constexpr std::int32_t kApplicationId = 0x43505043;

int open_flags(const OpenOptions& options) {
  // Without SQLite's own mutex: a connection is used by one thread at a time.
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  flags |= options.read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  if (options.create) flags |= SQLITE_OPEN_CREATE;
  if (options.immutable) flags |= SQLITE_OPEN_URI;
  return flags;
}

std::string open_name(const OpenOptions& options) {
  if (!options.immutable) return options.path.string();
  std::string uri = "file:";
  for (const char c : options.path.string()) {
    const bool is_syntax = c == '%' || c == '?' || c == '#';
    uri += is_syntax ? fmt::format("%{:02x}", c) : std::string(1, c);
  }
  return uri + "?immutable=1";
}

// Why nobody can make files beside that one; 0 if somebody can.
int folder_errno(const std::filesystem::path& path) {
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return ::faccessat(AT_FDCWD, folder.c_str(), W_OK | X_OK, AT_EACCESS) == 0 ? 0 : errno;
}

// Why the system lets nobody make that file; 0 if that is not the reason. SQLite's own errno is
// that of its second attempt, which opens for reading what the first one could not make.
int creation_errno(const std::filesystem::path& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return 0;
  return errno == ENOENT ? folder_errno(path) : errno;
}

actors::Error open_error(sqlite3* handle, int code, const OpenOptions& options) {
  if (handle == nullptr) return {Errc::system_limit, "no memory for a database connection"};
  const int creation = options.create ? creation_errno(options.path) : 0;
  const int os_error = creation != 0 ? creation : sqlite3_system_errno(handle);
  const std::string reason =
      os_error == 0 ? sqlite3_errmsg(handle)
                    : fmt::format("{} ({})", sqlite3_errmsg(handle), std::strerror(os_error));
  return {errc_of_sqlite(code), fmt::format("{}: {}", options.path.string(), reason)};
}

// SQLite's memory statistics are the process's and cost each of its allocations a lock that all
// connections share. Too late once somebody else in the process has used SQLite, and harmless then.
void count_no_memory() {
  static const int configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  std::ignore = configured;
}

Result<Handle> open_handle(const OpenOptions& options) {
  count_no_memory();
  sqlite3* opened = nullptr;
  const int code =
      sqlite3_open_v2(open_name(options).c_str(), &opened, open_flags(options), nullptr);
  Handle handle(opened);
  if (code != SQLITE_OK) return std::unexpected(open_error(opened, code, options));
  const auto timeout = std::clamp<std::chrono::milliseconds::rep>(options.busy_timeout.count(), 0,
                                                                  std::numeric_limits<int>::max());
  sqlite3_busy_timeout(opened, static_cast<int>(timeout));
  return handle;
}

// The step after the row is where a pragma that changes the file commits, or fails to.
Result<std::string> pragma(ConnectionState& state, std::string_view sql) {
  auto statement = prepare(state, sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  const auto row = statement->step();
  if (!row) return std::unexpected(row.error());
  auto value = *row ? statement->get<std::string>(0) : std::string();
  if (auto ended = statement->run(); !ended) return std::unexpected(std::move(ended.error()));
  return value;
}

Result<void> run_all(ConnectionState& state, std::initializer_list<std::string_view> statements) {
  for (const auto sql : statements) {
    if (auto done = run(state, sql); !done) return done;
  }
  return {};
}

Result<void> use_wal(ConnectionState& state) {
  const auto mode = pragma(state, "PRAGMA journal_mode");
  if (!mode) return std::unexpected(mode.error());
  if (*mode == "wal") return {};
  const auto pages = pragma(state, "PRAGMA page_count");
  if (!pages) return std::unexpected(pages.error());
  if (*pages == "0") {
    // The first page has to exist before the switch: a replicated mount loses track of a database
    // whose very first transaction is the change to WAL.
    const auto id = fmt::format("PRAGMA application_id = {}", kApplicationId);
    if (auto made = run_all(state, {"PRAGMA auto_vacuum = NONE", id}); !made) return made;
  }
  const auto changed = pragma(state, "PRAGMA journal_mode = WAL");
  if (!changed) return std::unexpected(changed.error());
  if (*changed == "wal") return {};
  return fail(Errc::unsupported,
              fmt::format("the database stays in journal mode {}; Coppice needs WAL", *changed));
}

// Only what has something in it: one that is being made has been left before it was in WAL mode.
Result<bool> has_tables(ConnectionState& state) {
  const auto count = pragma(state, "SELECT count(*) FROM sqlite_schema");
  if (!count) return std::unexpected(count.error());
  return *count != "0";
}

// LiteFS loses track of a WAL database that shrinks, and all that is written afterwards; and what
// is written in journal modes that it can't see is never replicated, without an error.
Result<void> check_replicable(ConnectionState& state) {
  const auto vacuum = pragma(state, "PRAGMA auto_vacuum");
  if (!vacuum) return std::unexpected(vacuum.error());
  if (*vacuum != "0") {
    return fail(Errc::unsupported,
                "the database has auto_vacuum, and LiteFS loses track of one that shrinks: turn it "
                "off in a copy that is not on LiteFS (PRAGMA auto_vacuum = NONE; VACUUM;), and "
                "bring that in with litefs import");
  }
  const auto mode = pragma(state, "PRAGMA journal_mode");
  if (!mode) return std::unexpected(mode.error());
  if (*mode == "wal") return {};
  const auto filled = has_tables(state);
  if (!filled) return std::unexpected(filled.error());
  if (!*filled) return {};
  return fail(Errc::unsupported,
              fmt::format("the database is in journal mode {}, and on LiteFS it has to be in WAL "
                          "mode from the beginning: set it in a copy that is not on LiteFS (PRAGMA "
                          "journal_mode = WAL;), and bring that in with litefs import",
                          *mode));
}

Result<void> configure(ConnectionState& state, const OpenOptions& options) {
  if (auto done = run_all(state, {"PRAGMA foreign_keys = ON", "PRAGMA recursive_triggers = ON",
                                  "PRAGMA temp_store = MEMORY"});
      !done) {
    return done;
  }
  if (options.read_only) return run(state, "PRAGMA query_only = ON");
  // SQLite opens for reading what it may not write, and says so with the first change.
  if (sqlite3_db_readonly(state.handle.get(), "main") == 1) {
    return fail(Errc::read_only, "the file, or its file system, takes no writes");
  }
  if (options.replicated) {
    if (auto fits = check_replicable(state); !fits) return fits;
  }
  if (auto wal = use_wal(state); !wal) return wal;
  watch_checkpoints(state);
  return run(state, options.synchronous == Synchronous::full ? "PRAGMA synchronous = FULL"
                                                             : "PRAGMA synchronous = NORMAL");
}

// What SQLite says of a database that it has opened and can't use, with the cause.
std::string unusable(const ConnectionState& state, const OpenOptions& options,
                     const actors::Error& error) {
  if (error == Errc::busy) return "another process has locked it: " + error.context;
  // In WAL mode the first statement makes files beside the database.
  const bool no_file = (sqlite3_extended_errcode(state.handle.get()) & 0xff) == SQLITE_CANTOPEN;
  const int os_error = no_file && !options.immutable ? folder_errno(options.path) : 0;
  if (os_error == 0) return error.context;
  return fmt::format("{} ({})", sqlite3_errmsg(state.handle.get()), std::strerror(os_error));
}

// SQLite reads the file only when it has to; a connection that opened must be known to work.
Result<void> read_header(ConnectionState& state) {
  return run(state, "SELECT count(*) FROM sqlite_schema");
}

Result<void> check_options(const OpenOptions& options) {
  if (options.read_only && options.create) {
    return fail(Errc::invalid_argument, "a database cannot be created through a reader");
  }
  if (auto served = check_served(options.path); !served) return served;
  std::error_code unreadable;
  if (options.create || std::filesystem::exists(options.path, unreadable) || unreadable) return {};
  return fail(Errc::not_found, fmt::format("there is no database at {}", options.path.string()));
}

void count_touched_row(void* count, int /*operation*/, const char* /*database*/,
                       const char* /*table*/, sqlite3_int64 /*rowid*/) noexcept {
  ++*static_cast<std::int64_t*>(count);
}

}  // namespace

ConnectionState::ConnectionState(Handle opened, std::size_t cached_statements)
    : handle(std::move(opened)),
      cache(handle.get(), cached_statements),
      interrupt_target(std::make_shared<InterruptTarget>()) {
  interrupt_target->handle = handle.get();
  sqlite3_update_hook(handle.get(), &count_touched_row, &touched_rows);
}

ConnectionState::~ConnectionState() {
  const std::lock_guard lock(interrupt_target->mutex);
  interrupt_target->handle = nullptr;
}

Result<Statement> prepare(ConnectionState& connection, std::string_view sql) {
  auto prepared = connection.cache.acquire(sql);
  if (!prepared) return std::unexpected(std::move(prepared.error()));
  return Statement(connection.cache, std::move(*prepared));
}

Result<void> run(ConnectionState& connection, std::string_view sql) {
  auto statement = prepare(connection, sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  return statement->run();
}

bool has_failed(const ConnectionState& connection) noexcept {
  const int code = sqlite3_extended_errcode(connection.handle.get());
  // A full-text index that disagrees with itself is no damaged file.
  if (code == SQLITE_CORRUPT_VTAB) return false;
  switch (code & 0xff) {
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_READONLY:
    case SQLITE_BUSY:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM: return true;
    default: return false;
  }
}

void Interrupter::interrupt() const noexcept {
  const std::lock_guard lock(target_->mutex);
  if (target_->handle != nullptr) sqlite3_interrupt(target_->handle);
}

Result<Connection> Connection::open(const OpenOptions& options) {
  if (auto valid = check_options(options); !valid) return std::unexpected(valid.error());
  auto handle = open_handle(options);
  if (!handle) return std::unexpected(std::move(handle.error()));
  auto state = std::make_unique<ConnectionState>(std::move(*handle), options.cached_statements);
  state->is_replicated = options.replicated;
  auto ready = read_header(*state);
  if (ready) ready = configure(*state, options);
  if (!ready) {
    return fail(ready.error().code, fmt::format("{}: {}", options.path.string(),
                                                unusable(*state, options, ready.error())));
  }
  return Connection(std::move(state));
}

Connection::Connection(std::unique_ptr<ConnectionState> state) noexcept
    : state_(std::move(state)) {}
Connection::Connection(Connection&& other) noexcept = default;
Connection& Connection::operator=(Connection&& other) noexcept = default;
Connection::~Connection() = default;

Result<Statement> Connection::prepare(std::string_view sql) { return db::prepare(*state_, sql); }

std::int64_t Connection::changes() const noexcept {
  return sqlite3_changes64(state_->handle.get());
}

std::int64_t Connection::total_changes() const noexcept {
  return sqlite3_total_changes64(state_->handle.get());
}

std::int64_t Connection::touched_rows() const noexcept { return state_->touched_rows; }

std::int64_t Connection::last_insert_rowid() const noexcept {
  return sqlite3_last_insert_rowid(state_->handle.get());
}

bool Connection::in_transaction() const noexcept { return db::in_transaction(*state_); }

bool Connection::breaks_foreign_keys() const noexcept {
  int broken = 0;
  int unused = 0;
  sqlite3_db_status(state_->handle.get(), SQLITE_DBSTATUS_DEFERRED_FKS, &broken, &unused, 0);
  return broken != 0;
}

bool Connection::has_failed() const noexcept { return db::has_failed(*state_); }

bool Connection::has_lost_commit() const noexcept { return state_->lost_commit; }

void Connection::note_lost_commit() noexcept { state_->lost_commit = true; }

bool Connection::read_only() const noexcept {
  return sqlite3_db_readonly(state_->handle.get(), "main") == 1;
}

Checkpoints Connection::take_checkpoints() {
  auto taken = state_->checkpoints;
  state_->checkpoints = {.log_pages = taken.log_pages, .error = taken.error};
  return taken;
}

StatementCounts Connection::statement_counts() const noexcept {
  return {state_->cache.prepared(), state_->cache.reused()};
}

Interrupter Connection::interrupter() const noexcept {
  return Interrupter(state_->interrupt_target);
}

}  // namespace coppice::db
