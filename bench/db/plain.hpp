#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "db/connection.hpp"

/// The ceiling: a loop over SQLite's C API, with nothing around it.
namespace coppice::bench {

/// Whether each read has a snapshot of its own, or all share one.
enum class Snapshots : std::uint8_t { one, one_for_each };

/// A connection set up as Coppice's are, by its own hand.
class PlainDatabase {
 public:
  PlainDatabase(const std::filesystem::path& path, db::Synchronous synchronous);
  PlainDatabase(const PlainDatabase&) = delete;
  PlainDatabase& operator=(const PlainDatabase&) = delete;
  ~PlainDatabase();

  /// Runs statements for their effect.
  void run(const std::string& sql);

  /// Inserts rows for some seconds, so many to a commit. Gives rows per second.
  [[nodiscard]] double insert(std::int64_t rows_per_commit, double seconds);

  /// Reads single posts by their slugs "post-0" … for some seconds. Gives reads per second.
  [[nodiscard]] double read_posts(std::int64_t posts, double seconds, Snapshots snapshots);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

}  // namespace coppice::bench
