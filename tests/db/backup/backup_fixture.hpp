#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "db/backup/backup.hpp"
#include "db/database_fixture.hpp"

namespace coppice::db {

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_bytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// 2026-01-01T00:00:00Z and so many seconds.
inline std::chrono::sys_seconds at(int seconds = 0) {
  return std::chrono::sys_days(std::chrono::year(2026) / 1 / 1) + std::chrono::seconds(seconds);
}

inline std::string notes_in(const std::filesystem::path& database) {
  auto connection = must(Connection::open({.path = database}));
  return must(
             query_value<std::optional<std::string>>(
                 connection, "SELECT group_concat(text) FROM (SELECT text FROM notes ORDER BY id)"))
      .value()
      .value_or("");
}

/// Who is told how far something is, and remembers it.
class Told {
 public:
  /// Must not outlive this.
  [[nodiscard]] Report report() {
    return [this](const Progress& progress) {
      if (last_.empty() || last_.back().phase != progress.phase) last_.emplace_back();
      last_.back() = progress;
    };
  }

  /// In their order.
  [[nodiscard]] std::vector<std::string> phases() const {
    std::vector<std::string> names;
    for (const auto& each : last_) names.push_back(each.phase);
    return names;
  }

  /// What was last said of it; nothing of one that there wasn't.
  [[nodiscard]] Progress last_of(std::string_view phase) const {
    for (const auto& each : last_) {
      if (each.phase == phase) return each;
    }
    return {};
  }

 private:
  std::vector<Progress> last_;  // of each phase
};

/// A test with a migrated database, a folder for backups and one for what comes out of them.
class BackupTest : public MigratedDatabaseTest {
 protected:
  BackupTest() { execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)"); }

  void add_note(std::string_view text) { execute("INSERT INTO notes (text) VALUES (?)", text); }

  [[nodiscard]] std::filesystem::path database() const { return directory_ / "test.db"; }
  [[nodiscard]] std::filesystem::path folder() const { return directory_ / "backups"; }

  [[nodiscard]] Backup back_up(int second = 0) {
    return must(create_backup(
        {.database = database(), .folder = folder(), .at = at(second), .version = "1.2.3"}));
  }

  /// Changes one byte of a file.
  static void damage(const std::filesystem::path& file, std::size_t offset) {
    auto bytes = bytes_of(file);
    bytes.at(offset) = static_cast<char>(bytes.at(offset) ^ 0x55);
    write_bytes(file, bytes);
  }
};

}  // namespace coppice::db
