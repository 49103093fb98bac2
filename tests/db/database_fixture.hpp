#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "db/connection.hpp"
#include "db/migrations.hpp"
#include "db/query.hpp"
#include "db/script.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::db {

/// What a test's steps must not fail at; the message is SQLite's.
template <class T>
T must(actors::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A statement that runs until something stops it.
inline constexpr std::string_view kEndless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

/// A test with an empty database of its own, open for writing.
class DatabaseTest : public testing::Test {
 protected:
  [[nodiscard]] Connection open(OpenOptions options = {}) {
    options.path = directory_ / "test.db";
    options.create = !options.read_only;
    options.busy_timeout = std::chrono::milliseconds(0);
    return must(Connection::open(options));
  }

  template <class... Args>
  void execute(std::string_view sql, const Args&... values) {
    must(db_.execute(sql, values...));
  }

  void run(std::string_view sql) {
    if (const auto ran = run_script(db_, sql); !ran) {
      throw std::runtime_error(ran.error().error.message());
    }
  }

  /// The only column of the first row, as text; "none" without a row, "null" for NULL.
  template <class... Args>
  [[nodiscard]] std::string text(std::string_view sql, const Args&... values) {
    const auto row = must(query_one<std::optional<std::string>>(db_, sql, values...));
    return row ? std::get<0>(*row).value_or("null") : "none";
  }

  template <class... Args>
  [[nodiscard]] std::int64_t number(std::string_view sql, const Args&... values) {
    return must(query_value<std::int64_t>(db_, sql, values...)).value();
  }

  TemporaryDirectory directory_;
  Connection db_ = open();
};

/// A test with a database that all migrations of the binary have been through.
class MigratedDatabaseTest : public DatabaseTest {
 protected:
  MigratedDatabaseTest() { must(must(Migrations::embedded()).apply_pending(db_)); }
};

}  // namespace coppice::db
