#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "actors/result.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"

namespace coppice::app::content {

/// A record as {"data":{…}}, with all of its fields.
struct ShownRecord {
  std::int64_t id = 0;
  std::string etag;  ///< The position of its last change; without quotes.
  std::string json;
};

/// The record that @p address leads to (see Address); nothing when there is none, or when it is
/// hidden and @p hidden_too is false. Errors: those of the statements. Thread: that of @p db.
[[nodiscard]] actors::Result<std::optional<ShownRecord>> show_record(db::Connection& db,
                                                                     const Table& table,
                                                                     std::string_view address,
                                                                     bool hidden_too);

/// The same by id, hidden or not.
[[nodiscard]] actors::Result<std::optional<ShownRecord>> show_record(db::Connection& db,
                                                                     const Table& table,
                                                                     std::int64_t id);

/// A record as lists show it: an object; nothing when there is none of that id. As show_record().
[[nodiscard]] actors::Result<std::optional<std::string>> show_listed(db::Connection& db,
                                                                     const Table& table,
                                                                     std::int64_t id);

/// A record as it is stored, for who changes it.
struct StoredRecord {
  std::int64_t id = 0;
  std::string etag;
  Record record;  ///< All declared fields.
};

/// As show_record().
[[nodiscard]] actors::Result<std::optional<StoredRecord>> load_record(db::Connection& db,
                                                                      const Table& table,
                                                                      std::string_view address,
                                                                      bool hidden_too);

/// The position of a record's last change; nothing when there is none of that id.
[[nodiscard]] actors::Result<std::optional<std::string>> etag_of_record(db::Connection& db,
                                                                        const Table& table,
                                                                        std::int64_t id);

}  // namespace coppice::app::content
