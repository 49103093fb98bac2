#pragma once

#include <concepts>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "actors/result.hpp"
#include "db/connection.hpp"

/// Shorthands for the usual ways to read rows:
///
///     auto posts = query<std::string, bool>(db, "SELECT title, is_draft FROM posts");
///     auto title = query_value<std::string>(db, "SELECT title FROM posts WHERE slug = ?", slug);
///     auto done = for_each_row(db, [&](const Statement& row) { … }, "SELECT …", argument);
///
/// The values after the SQL are bound in order. Errors: those of Connection::prepare,
/// Statement::bind_all and Statement::step; invalid_argument when the statement has another number
/// of columns than was asked for.
namespace coppice::db {

/// Calls `visit(const Statement&)` for each row. A visitor that returns false ends the reading.
template <class Visit, class... Args>
  requires std::invocable<Visit&, const Statement&>
[[nodiscard]] actors::Result<void> for_each_row(Connection& connection, Visit&& visit,
                                                std::string_view sql, const Args&... values) {
  auto statement = connection.prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  if (auto bound = statement->borrow_all(values...); !bound) return bound;
  for (;;) {
    const auto row = statement->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return {};
    if constexpr (std::same_as<std::invoke_result_t<Visit&, const Statement&>, bool>) {
      if (!visit(std::as_const(*statement))) return {};
    } else {
      visit(std::as_const(*statement));
    }
  }
}

/// The current row as a tuple.
template <ColumnValue... Columns>
[[nodiscard]] std::tuple<Columns...> read_row(const Statement& row) {
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    return std::tuple<Columns...>{row.get<Columns>(static_cast<int>(I))...};
  }(std::index_sequence_for<Columns...>{});
}

namespace detail {

template <class T>
concept OwnedColumn =
    ColumnValue<T> && !std::same_as<T, std::string_view> && !std::same_as<T, BlobView> &&
    !std::same_as<T, std::optional<std::string_view>> && !std::same_as<T, std::optional<BlobView>>;

template <class... Columns, class... Args>
actors::Result<std::vector<std::tuple<Columns...>>> read_rows(Connection& connection,
                                                              std::size_t limit,
                                                              std::string_view sql,
                                                              const Args&... values) {
  std::vector<std::tuple<Columns...>> rows;
  bool fits = true;
  const auto read = [&](const Statement& row) {
    fits = row.column_count() == static_cast<int>(sizeof...(Columns));
    if (fits) rows.push_back(read_row<Columns...>(row));
    return fits && rows.size() < limit;
  };
  if (auto done = for_each_row(connection, read, sql, values...); !done) {
    return std::unexpected(std::move(done.error()));
  }
  if (fits) return rows;
  return actors::fail(actors::Errc::invalid_argument,
                      "the statement has another number of columns: " + std::string(sql));
}

}  // namespace detail

/// All rows, as tuples.
template <detail::OwnedColumn... Columns, class... Args>
[[nodiscard]] actors::Result<std::vector<std::tuple<Columns...>>> query(Connection& connection,
                                                                        std::string_view sql,
                                                                        const Args&... values) {
  return detail::read_rows<Columns...>(connection, static_cast<std::size_t>(-1), sql, values...);
}

/// The first row, or nothing.
template <detail::OwnedColumn... Columns, class... Args>
[[nodiscard]] actors::Result<std::optional<std::tuple<Columns...>>> query_one(
    Connection& connection, std::string_view sql, const Args&... values) {
  auto rows = detail::read_rows<Columns...>(connection, 1, sql, values...);
  if (!rows) return std::unexpected(std::move(rows.error()));
  if (rows->empty()) return std::nullopt;
  return std::move(rows->front());
}

/// The first row's only column, or nothing.
template <detail::OwnedColumn Column, class... Args>
[[nodiscard]] actors::Result<std::optional<Column>> query_value(Connection& connection,
                                                                std::string_view sql,
                                                                const Args&... values) {
  auto row = query_one<Column>(connection, sql, values...);
  if (!row) return std::unexpected(std::move(row.error()));
  if (!*row) return std::nullopt;
  return std::get<0>(std::move(**row));
}

}  // namespace coppice::db
