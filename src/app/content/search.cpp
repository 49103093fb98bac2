#include "app/content/search.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "app/content/html_escape.hpp"
#include "app/content/json_writer.hpp"
#include "app/content/search_query.hpp"
#include "db/query.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

/// How far into the results a client may page: each page ranks all that come before it again.
constexpr int kMaxOffset = 1000;

constexpr char kMarkStart = '\x02';
constexpr char kMarkEnd = '\x03';

/// A table that is searched, and the query in the language of its index.
struct Target {
  const Table* table = nullptr;
  std::string expression;
};

struct Hit {
  const Target* target = nullptr;
  std::int64_t id = 0;
  double rank = 0;  ///< Lower is better.
};

/// Those in which the query can match.
std::vector<Target> targets_of(const Catalogue& catalogue, const SearchQuery& query) {
  std::vector<Target> targets;
  for (const auto& table : catalogue.tables()) {
    if (!table->resource().search) continue;
    std::string expression = query.match_expression(table->search_columns());
    if (!expression.empty()) targets.push_back({table.get(), std::move(expression)});
  }
  return targets;
}

Result<std::vector<Hit>> best_hits(db::Connection& db, std::span<const Target> targets, int count) {
  std::vector<Hit> hits;
  for (const Target& target : targets) {
    const auto read = db::for_each_row(
        db,
        [&](const db::Statement& row) {
          hits.push_back({&target, row.get<std::int64_t>(0), row.get<double>(1)});
        },
        target.table->search_ranked(), target.expression, count);
    if (!read) return std::unexpected(read.error());
  }
  std::ranges::sort(hits, {},
                    [](const Hit& hit) { return std::tuple(hit.rank, hit.target, hit.id); });
  if (hits.size() > static_cast<std::size_t>(count)) hits.resize(static_cast<std::size_t>(count));
  return hits;
}

/// Text around a match, as HTML on one line.
std::string snippet_html(std::string_view text) {
  std::string html;
  bool space = false;
  for (const char c : text) {
    const bool mark = c == kMarkStart || c == kMarkEnd;
    if (!mark && static_cast<unsigned char>(c) <= ' ') {
      space = true;
      continue;
    }
    if (space && !html.empty()) html += ' ';
    space = false;
    if (mark) {
      html += c == kMarkStart ? "<mark>" : "</mark>";
    } else {
      append_html_escaped(html, std::string_view(&c, 1));
    }
  }
  return html;
}

void write_hit(JsonWriter& json, const Hit& hit, const db::Statement& row) {
  const Table& table = *hit.target->table;
  json.begin_object();
  json.key("kind").string(table.resource().singular);
  json.key("id").integer(hit.id);
  json.key("title").string(row.get<std::string_view>(0));
  table.write_search_fields(json, row, 2);
  json.key("snippet").string(snippet_html(row.get<std::string_view>(1)));
  json.end_object();
}

/// Checks a request and gives how many results come before its page.
Result<int> offset_of(const SearchRequest& request) {
  if (request.limit < 1 || request.limit > kMaxLimit) {
    return fail(Errc::invalid_argument, "limit must be a whole number from 1 to 100");
  }
  const std::string_view cursor = request.cursor;
  int offset = 0;
  if (cursor.empty()) return offset;
  const char* const end = cursor.data() + cursor.size();
  const auto [at, error] = std::from_chars(cursor.data(), end, offset);
  if (error == std::errc{} && at == end && offset >= 0 && offset <= kMaxOffset) return offset;
  return fail(Errc::invalid_argument, "the cursor is not one that this search gave");
}

Result<void> write_hits(JsonWriter& json, db::Connection& db, std::span<const Hit> hits) {
  for (const Hit& hit : hits) {
    const auto read = db::for_each_row(
        db, [&](const db::Statement& row) { write_hit(json, hit, row); },
        hit.target->table->search_result(), hit.target->expression, hit.id);
    if (!read) return read;
  }
  return {};
}

}  // namespace

Result<void> validate(const SearchRequest& request) {
  const auto offset = offset_of(request);
  if (!offset) return std::unexpected(offset.error());
  return {};
}

Result<std::string> search(db::Connection& db, const Catalogue& catalogue,
                           const SearchRequest& request) {
  const auto offset = offset_of(request);
  if (!offset) return std::unexpected(offset.error());
  const int end = *offset + request.limit;

  JsonWriter json(8'192);
  json.begin_object().key("data").begin_array();
  bool more = false;
  if (const auto query = SearchQuery::parse(request.query)) {
    const auto targets = targets_of(catalogue, *query);
    const auto hits = best_hits(db, targets, end + 1);
    if (!hits) return std::unexpected(hits.error());
    more = std::ssize(*hits) > end && end <= kMaxOffset;
    const auto page = std::span(*hits)
                          .first(std::min(hits->size(), static_cast<std::size_t>(end)))
                          .subspan(std::min(hits->size(), static_cast<std::size_t>(*offset)));
    if (auto done = write_hits(json, db, page); !done) {
      return std::unexpected(done.error());
    }
  }
  json.end_array().key("page").begin_object().key("next");
  more ? json.string(std::to_string(end)) : json.null();
  json.end_object().end_object();
  return std::move(json).take();
}

}  // namespace coppice::app::content
