#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "actors/result.hpp"
#include "db/position.hpp"

namespace coppice::db {

class Connection;

/// One epoch of a database's history.
struct Epoch {
  std::int64_t number = 0;
  std::int64_t began_after = 0;  ///< The sequence number that the history had come to before.
};

/// The last epochs of a database's history, some dozens. What another history has done in one of
/// them, after this one had left it or before it began, is not here.
class Epochs {
 public:
  Epochs() = default;
  /// @param epochs  By their numbers; the last is the one that the history is in.
  explicit Epochs(std::vector<Epoch> epochs) : epochs_(std::move(epochs)) {}

  /// Whether what was written at a position of an earlier epoch than the last is here. Of one that
  /// is too long ago, nobody knows: false.
  [[nodiscard]] bool have(Position position) const noexcept;

  /// The sequence number that this history had come to when the first epoch after that one began;
  /// nothing if none has, and of one that is too long ago.
  [[nodiscard]] std::optional<std::int64_t> left_at(std::int64_t epoch) const noexcept;

 private:
  std::vector<Epoch> epochs_;
};

/// Those of the snapshot that the connection reads; none before the migration that creates their
/// table has run.
[[nodiscard]] actors::Result<Epochs> read_epochs(Connection& connection);

}  // namespace coppice::db
