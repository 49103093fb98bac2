#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db::litefs {

/// Where LiteFS has come to with a database: transactions are numbered, and the checksum is that of
/// all pages after the last one.
///
/// Numbers are not unique across failovers: a node that was ahead goes back.
struct Transaction {
  std::uint64_t number = 0;  ///< 0: nothing has been committed.
  std::uint64_t checksum = 0;

  friend bool operator==(const Transaction&, const Transaction&) = default;
};

/// Reads "000000000000001f/86a47ebeb4888ce0\n", the whole of a position file.
/// Errors: malformed.
[[nodiscard]] actors::Result<Transaction> parse_transaction(std::string_view text);

/// The file `<database>-pos` that LiteFS shows beside each database of its mount.
///
/// It is kept open, since reading it then costs less than a microsecond, and opened anew when that
/// fails, as it does once LiteFS has gone.
///
/// Thread: one at a time.
class PositionFile {
 public:
  /// @param database  Where the database is, on the mount.
  explicit PositionFile(const std::filesystem::path& database);
  PositionFile(const PositionFile&) = delete;
  PositionFile& operator=(const PositionFile&) = delete;
  ~PositionFile();

  /// Errors: unavailable when there is no such file, or nobody who answers for it; malformed.
  [[nodiscard]] actors::Result<Transaction> read();

 private:
  [[nodiscard]] actors::Result<Transaction> read_open_file();
  void close() noexcept;

  const std::filesystem::path path_;
  int descriptor_ = -1;
};

/// Whether LiteFS replicates @p database: then its server alone may write to it, whatever locks
/// there are. Thread: any.
[[nodiscard]] bool is_replicated(const std::filesystem::path& database);

}  // namespace coppice::db::litefs
