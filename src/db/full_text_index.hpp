#pragma once

#include <string>
#include <tuple>
#include <vector>

#include "actors/result.hpp"
#include "db/progress.hpp"

/// A full-text index is an FTS5 table: a copy of words that stand elsewhere, so it can be wrong
/// without anything being lost, and be made anew.
///
/// What the index NAME has to say is what the view NAME_source says, where there is one: its first
/// column is the row id, and the others are the index's columns, by their names. Of an index
/// without such a view only its own parts can be compared with each other.
namespace coppice::db {

class Connection;

/// What is wrong with the full-text indexes, a sentence for each kind of wrong, which begins with
/// the index's name: what it stores and what it finds disagree, rows are missing from it, are in it
/// and nowhere else, or say something else. Reads all of them.
///
/// @param connection  One that may write, as SQLite demands of FTS5's own check, which changes
///                    nothing, but takes the write lock: a private_copy() where others write.
/// @param report  Is told of the phase "checking the full-text indexes", one after the other.
/// Errors: those of reading. Thread: the connection's; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> find_index_problems(
    Connection& connection, const Report& report = {});

/// Makes every full-text index anew, and gives their names. In a transaction of the caller's.
///
/// @param report  Is told of the phase "making the full-text indexes anew", one after the other.
/// Errors: those of writing, naming the index. Thread: the connection's; blocks.
[[nodiscard]] actors::Result<std::vector<std::string>> rebuild_indexes(Connection& connection,
                                                                       const Report& report = {});

/// The same as a command.
struct RebuildIndexes {
  static constexpr std::string_view kName = "db.rebuild_indexes";
  using Reply = std::vector<std::string>;

  auto fields(this auto&) { return std::tie(); }
  [[nodiscard]] actors::Result<Reply> run(Connection& db) const;
};

}  // namespace coppice::db
