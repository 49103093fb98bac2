#include "db/value.hpp"

namespace coppice::db {

using actors::Result;

namespace {

struct Bind {
  Statement& statement;
  int position;

  Result<void> operator()(std::monostate) const { return statement.bind(position, nullptr); }
  Result<void> operator()(const auto& value) const { return statement.bind(position, value); }
};

struct Encode {
  Encoder& encoder;

  void operator()(std::monostate) const { encoder.null(); }
  void operator()(const auto& value) const { encode(encoder, value); }
};

}  // namespace

Result<void> bind_value(Statement& statement, int position, const Value& value) {
  return std::visit(Bind{statement, position}, value);
}

Value column_value(const Statement& row, int column) {
  switch (row.type(column)) {
    case ColumnType::null: return {};
    case ColumnType::integer: return row.get<std::int64_t>(column);
    case ColumnType::real: return row.get<double>(column);
    case ColumnType::text: return row.get<std::string>(column);
    case ColumnType::blob: return row.get<Blob>(column);
  }
  return {};
}

void encode(Encoder& encoder, const Value& value) { std::visit(Encode{encoder}, value); }

void decode(Decoder& decoder, Value& value) {
  switch (decoder.peek()) {
    case 'n':
      value = {};
      (void)decoder.null();
      return;
    case 'i': return decode(decoder, value.emplace<std::int64_t>());
    case 'd': return decode(decoder, value.emplace<double>());
    case 't': return decode(decoder, value.emplace<std::string>());
    case 'b': return decode(decoder, value.emplace<Blob>());
    default: decoder.fail("no value that SQLite stores");
  }
}

}  // namespace coppice::db
