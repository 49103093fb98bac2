#include "db/stats.hpp"

#include <utility>

#include <fmt/format.h>

#include "db/connection.hpp"
#include "db/query.hpp"
#include "db/sql_text.hpp"
#include "db/transaction.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Result;

namespace {

Result<std::int64_t> number(Connection& connection, std::string_view sql) {
  auto value = query_value<std::int64_t>(connection, sql);
  if (!value) return std::unexpected(std::move(value.error()));
  return value->value_or(0);
}

Result<std::vector<TableStats>> read_tables(Connection& connection) {
  // What has no pages (a virtual table) is shown by the tables that it keeps its data in.
  const auto sizes = query<std::string, std::int64_t>(
      connection,
      "SELECT tbl_name, sum(pgsize) AS bytes FROM dbstat JOIN sqlite_schema USING (name) "
      "WHERE aggregate = TRUE GROUP BY tbl_name ORDER BY bytes DESC, tbl_name");
  if (!sizes) return std::unexpected(sizes.error());
  std::vector<TableStats> tables;
  for (const auto& [name, bytes] : *sizes) {
    const auto rows = number(connection, "SELECT count(*) FROM " + quote_identifier(name));
    if (!rows) return std::unexpected(rows.error());
    tables.push_back({name, *rows, bytes});
  }
  return tables;
}

}  // namespace

Result<std::int64_t> read_schema_version(Connection& connection) {
  const auto tables =
      number(connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'");
  if (!tables || *tables == 0) return tables;
  return number(connection, "SELECT max(version) FROM schema_migrations");
}

Result<std::optional<Position>> find_position(Connection& connection) {
  const auto position = read_position(connection);
  if (position) return *position;
  if (position.error() == Errc::unavailable) return std::nullopt;
  return std::unexpected(position.error());
}

Result<DatabaseStats> read_stats(Connection& connection) {
  const auto snapshot = Transaction::begin(connection, Transaction::Kind::deferred);
  if (!snapshot) return std::unexpected(snapshot.error());
  const auto page_size = number(connection, "PRAGMA page_size");
  if (!page_size) return std::unexpected(page_size.error());
  const auto pages = number(connection, "PRAGMA page_count");
  if (!pages) return std::unexpected(pages.error());
  const auto free_pages = number(connection, "PRAGMA freelist_count");
  if (!free_pages) return std::unexpected(free_pages.error());
  const auto schema = read_schema_version(connection);
  if (!schema) return std::unexpected(schema.error());
  const auto position = find_position(connection);
  if (!position) return std::unexpected(position.error());
  auto tables = read_tables(connection);
  if (!tables) return std::unexpected(std::move(tables.error()));
  return DatabaseStats{*page_size, *pages, *free_pages, *schema, *position, std::move(*tables)};
}

}  // namespace coppice::db
