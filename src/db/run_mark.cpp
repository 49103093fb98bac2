#include "db/run_mark.hpp"

#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "db/position.hpp"
#include "db/query.hpp"
#include "db/script.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Result;

namespace {

// "RUNS".
constexpr std::int64_t kMark = 0x52554E53;

Result<std::int64_t> user_version(Connection& connection) {
  const auto version = query_value<std::int64_t>(connection, "PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  return version->value_or(0);
}

/// Past the cache of statements: SQLite follows this pragma when it compiles it.
Result<void> set_synchronous(Connection& connection, std::string_view pragma) {
  const auto ran = run_script(connection, pragma, TransactionControl::scripts);
  if (!ran) return std::unexpected(ran.error().error);
  return {};
}

/// Syncs what is committed, as long as it lives, whatever the connection does else.
class SyncedCommits {
 public:
  SyncedCommits(Connection& connection, Synchronous usual)
      : connection_(connection), usual_(usual) {}
  SyncedCommits(const SyncedCommits&) = delete;
  SyncedCommits& operator=(const SyncedCommits&) = delete;
  ~SyncedCommits() {
    if (usual_ == Synchronous::normal)
      (void)set_synchronous(connection_, "PRAGMA synchronous = NORMAL");
  }
  [[nodiscard]] Result<void> begin() {
    return set_synchronous(connection_, "PRAGMA synchronous = FULL");
  }

 private:
  Connection& connection_;
  const Synchronous usual_;
};

/// As part of the caller's transaction.
Result<void> write_mark(Connection& connection, bool wanted) {
  const auto found = user_version(connection);
  if (!found) return std::unexpected(found.error());
  const std::int64_t value = wanted ? kMark : 0;
  const bool is_ours = *found == 0 || *found == kMark;
  if (!is_ours || *found == value) return {};
  return connection.execute(fmt::format("PRAGMA user_version = {}", value));
}

/// One that no migration has made positions for has given none out.
Result<void> begin_epoch_if_any(Connection& connection) {
  const auto begun = begin_epoch(connection);
  if (begun || begun.error() == Errc::unavailable) return {};
  return std::unexpected(begun.error());
}

Result<void> commit_mark(Connection& connection, bool wanted, bool with_epoch) {
  auto transaction = Transaction::begin(connection, Transaction::Kind::immediate);
  if (!transaction) return std::unexpected(std::move(transaction.error()));
  if (with_epoch) {
    if (auto begun = begin_epoch_if_any(connection); !begun) return begun;
  }
  if (auto written = write_mark(connection, wanted); !written) return written;
  return transaction->commit();
}

}  // namespace

Result<bool> begin_run(Connection& connection, Synchronous synchronous) {
  const auto found = user_version(connection);
  if (!found) return std::unexpected(found.error());
  const bool was_running = *found == kMark;
  const bool may_lose = synchronous == Synchronous::normal;
  if (!was_running && !may_lose) return false;
  SyncedCommits synced(connection, synchronous);
  if (auto begun = synced.begin(); !begun) return std::unexpected(std::move(begun.error()));
  if (auto marked = commit_mark(connection, may_lose, was_running); !marked) {
    return std::unexpected(std::move(marked.error()));
  }
  return was_running;
}

Result<void> end_run(Connection& connection, Synchronous synchronous) {
  if (synchronous == Synchronous::full) return {};
  SyncedCommits synced(connection, synchronous);
  if (auto begun = synced.begin(); !begun) return begun;
  return commit_mark(connection, false, false);
}

Result<void> renew_run(Connection& connection, Synchronous synchronous) {
  SyncedCommits synced(connection, synchronous);
  if (auto begun = synced.begin(); !begun) return begun;
  return commit_mark(connection, synchronous == Synchronous::normal, false);
}

}  // namespace coppice::db
