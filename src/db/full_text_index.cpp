#include "db/full_text_index.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "db/connection.hpp"
#include "db/query.hpp"
#include "db/sql_text.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::Result;

namespace {

/// The view that says what an index has to say; names are ready for SQL.
struct Source {
  std::string view;
  std::string row_id;
  std::vector<std::string> columns;  ///< Those that the index has as well.
};

struct Index {
  std::string name;
  std::string sql;  ///< That makes it.

  [[nodiscard]] std::string quoted() const { return quote_identifier(name); }
};

using Names = std::vector<std::string>;

constexpr const char* kIndexes = "indexes";

Result<Names> columns_of(Connection& connection, std::string_view table) {
  const auto rows =
      query<std::string>(connection, "SELECT name FROM pragma_table_info(?) ORDER BY cid", table);
  if (!rows) return std::unexpected(rows.error());
  Names names;
  for (const auto& [name] : *rows) names.push_back(name);
  return names;
}

Result<std::optional<Source>> find_source(Connection& connection, const std::string& index) {
  const auto offered = columns_of(connection, index + "_source");
  if (!offered) return std::unexpected(offered.error());
  if (offered->size() < 2) return std::nullopt;
  const auto wanted = columns_of(connection, index);
  if (!wanted) return std::unexpected(wanted.error());
  Source source{quote_identifier(index + "_source"), quote_identifier(offered->front()), {}};
  for (const auto& column : *wanted) {
    const bool is_offered = std::ranges::find(*offered, column) != offered->end();
    if (is_offered) source.columns.push_back(quote_identifier(column));
  }
  if (source.columns.empty()) return std::nullopt;
  return source;
}

Result<std::vector<Index>> find_indexes(Connection& connection) {
  const auto rows = query<std::string, std::string>(
      connection,
      "SELECT name, sql FROM sqlite_schema "
      "WHERE type = 'table' AND sql LIKE 'CREATE VIRTUAL TABLE%USING%fts5%' ORDER BY name");
  if (!rows) return std::unexpected(rows.error());
  std::vector<Index> indexes;
  for (const auto& [name, sql] : *rows) indexes.push_back({name, sql});
  return indexes;
}

/// Whether it is the index that an error is about, and not the disk or whoever interrupts.
bool is_about_the_index(const Error& error) noexcept {
  return error == Errc::corrupt || error == Errc::internal;
}

/// "posts_fts has no entry for 2 rows, the first of them 7"
Result<void> count_rows(Connection& connection, const Index& index, std::string_view what,
                        const std::string& sql, Names& problems) {
  const auto found = query_one<std::int64_t, std::optional<std::int64_t>>(connection, sql);
  if (!found) return std::unexpected(found.error());
  const auto [count, first] = **found;
  if (count == 0) return {};
  problems.push_back(fmt::format("{} {} {} {}, the first of them {}", index.name, what, count,
                                 count == 1 ? "row" : "rows", first.value_or(0)));
  return {};
}

Result<void> compare_with_source(Connection& connection, const Index& index, Names& problems) {
  const auto found = find_source(connection, index.name);
  if (!found) return std::unexpected(found.error());
  if (!*found) return {};
  const Source& source = **found;
  const auto count_in_source =
      fmt::format("SELECT count(*), min(s.{0}) FROM {1} AS s LEFT JOIN {2} AS f ON f.rowid = s.{0}",
                  source.row_id, source.view, index.quoted());
  Names differences;
  for (const auto& column : source.columns) {
    differences.push_back(fmt::format("f.{0} IS NOT s.{0}", column));
  }
  auto done = count_rows(connection, index, "has no entry for",
                         count_in_source + " WHERE f.rowid IS NULL", problems);
  if (!done) return done;
  done = count_rows(connection, index, "says something else about",
                    fmt::format("{} WHERE f.rowid IS NOT NULL AND ({})", count_in_source,
                                fmt::join(differences, " OR ")),
                    problems);
  if (!done) return done;
  return count_rows(connection, index, "finds what is no longer there:",
                    fmt::format("SELECT count(*), min(f.rowid) FROM {} AS f "
                                "WHERE NOT EXISTS (SELECT 1 FROM {} AS s WHERE s.{} = f.rowid)",
                                index.quoted(), source.view, source.row_id),
                    problems);
}

Result<void> check(Connection& connection, const Index& index, Names& problems) {
  const auto own = fmt::format("INSERT INTO {0} ({0}) VALUES ('integrity-check')", index.quoted());
  auto done = connection.execute(own);
  if (done) done = compare_with_source(connection, index, problems);
  if (done || !is_about_the_index(done.error())) return done;
  problems.push_back(fmt::format("{} is damaged: {}", index.name,
                                 done.error() == Errc::corrupt
                                     ? "what it stores and what it finds disagree"
                                     : done.error().context));
  return {};
}

// The table itself is made anew, since what is damaged in it may be what a DELETE relies on.
Result<void> rebuild(Connection& connection, const Index& index) {
  const auto source = find_source(connection, index.name);
  if (!source) return std::unexpected(source.error());
  if (!*source) {
    return connection.execute(
        fmt::format("INSERT INTO {0} ({0}) VALUES ('rebuild')", index.quoted()));
  }
  if (auto dropped = connection.execute("DROP TABLE " + index.quoted()); !dropped) return dropped;
  if (auto made = connection.execute(index.sql); !made) return made;
  const auto& [view, row_id, columns] = **source;
  return connection.execute(fmt::format("INSERT INTO {0} (rowid, {1}) SELECT {2}, {1} FROM {3}",
                                        index.quoted(), fmt::join(columns, ", "), row_id, view));
}

}  // namespace

Result<std::vector<std::string>> find_index_problems(Connection& connection, const Report& report) {
  const auto indexes = find_indexes(connection);
  if (!indexes) return std::unexpected(indexes.error());
  Names problems;
  Progress progress{
      .phase = "checking the full-text indexes", .total = indexes->size(), .unit = kIndexes};
  for (const auto& index : *indexes) {
    tell(report, progress);
    ++progress.done;
    if (auto checked = check(connection, index, problems); !checked) {
      return std::unexpected(std::move(checked.error()));
    }
  }
  return problems;
}

Result<std::vector<std::string>> rebuild_indexes(Connection& connection, const Report& report) {
  const auto indexes = find_indexes(connection);
  if (!indexes) return std::unexpected(indexes.error());
  Names names;
  Progress progress{
      .phase = "making the full-text indexes anew", .total = indexes->size(), .unit = kIndexes};
  for (const auto& index : *indexes) {
    tell(report, progress);
    ++progress.done;
    if (auto made = rebuild(connection, index); !made) {
      return actors::fail(made.error().code,
                          fmt::format("{} can't be made anew: {}; if its tables are damaged, "
                                      "restore a backup",
                                      index.name, made.error().context));
    }
    names.push_back(index.name);
  }
  return names;
}

Result<RebuildIndexes::Reply> RebuildIndexes::run(Connection& db) const {
  return rebuild_indexes(db);
}

}  // namespace coppice::db
