#include "db/epochs.hpp"

#include <algorithm>

#include "db/connection.hpp"
#include "db/query.hpp"

namespace coppice::db {

using actors::Result;

bool Epochs::have(Position position) const noexcept {
  const auto epoch = std::ranges::find(epochs_, position.epoch, &Epoch::number);
  if (epoch == epochs_.end() || std::next(epoch) == epochs_.end()) return false;
  const auto next = std::next(epoch);
  return epoch->began_after < position.sequence && position.sequence <= next->began_after;
}

std::optional<std::int64_t> Epochs::left_at(std::int64_t epoch) const noexcept {
  const auto next = std::ranges::upper_bound(epochs_, epoch, {}, &Epoch::number);
  if (next == epochs_.begin() || next == epochs_.end()) return std::nullopt;
  return next->began_after;
}

Result<Epochs> read_epochs(Connection& connection) {
  const auto tables = query_value<std::int64_t>(
      connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'coppice_epochs'");
  if (!tables) return std::unexpected(tables.error());
  if (**tables == 0) return Epochs();
  const auto rows = query<std::int64_t, std::int64_t>(
      connection, "SELECT epoch, began_after FROM coppice_epochs ORDER BY epoch");
  if (!rows) return std::unexpected(rows.error());
  std::vector<Epoch> epochs;
  for (const auto& [number, began_after] : *rows) epochs.push_back({number, began_after});
  return Epochs(std::move(epochs));
}

}  // namespace coppice::db
