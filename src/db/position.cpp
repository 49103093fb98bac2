#include "db/position.hpp"

#include <charconv>

#include <fmt/format.h>

#include "db/connection.hpp"
#include "db/query.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

Error explain(Connection& connection, Error error) {
  const auto tables = query_value<std::int64_t>(
      connection, "SELECT count(*) FROM sqlite_schema WHERE name = 'coppice_position'");
  if (!tables || **tables != 0) return error;
  return {Errc::unavailable, "the database has no positions yet: migrations have not run"};
}

Result<Position> position_from(Connection& connection, std::string_view sql) {
  const auto row = query_one<std::int64_t, std::int64_t>(connection, sql);
  if (!row) return std::unexpected(explain(connection, row.error()));
  if (!*row) return fail(Errc::corrupt, "coppice_position has lost its row");
  return Position{std::get<0>(**row), std::get<1>(**row)};
}

bool parse_number(std::string_view text, std::int64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

}  // namespace

std::string to_string(Position position) {
  return fmt::format("{}.{}", position.epoch, position.sequence);
}

Result<Position> parse_position(std::string_view text) {
  Position position;
  const auto dot = text.find('.');
  if (dot == std::string_view::npos || !parse_number(text.substr(0, dot), position.epoch) ||
      !parse_number(text.substr(dot + 1), position.sequence)) {
    return fail(Errc::malformed, "a position is two numbers with a dot between them");
  }
  return position;
}

Result<Position> read_position(Connection& connection) {
  return position_from(connection, "SELECT epoch, sequence FROM coppice_position");
}

Result<Position> advance_position(Connection& connection) {
  return position_from(connection,
                       "UPDATE coppice_position SET sequence = sequence + 1 "
                       "RETURNING epoch, sequence");
}

Result<Position> begin_epoch(Connection& connection) {
  return position_from(connection,
                       "UPDATE coppice_position SET sequence = sequence + 1, epoch = 1000000 * "
                       "max(epoch / 1000000 + 1, CAST(strftime('%s', 'now') AS INTEGER)) "
                       "+ abs(random() % 1000000) RETURNING epoch, sequence");
}

}  // namespace coppice::db
