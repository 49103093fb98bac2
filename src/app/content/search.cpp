#include "app/content/search.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include "app/content/html_escape.hpp"
#include "app/content/json_time.hpp"
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

enum class Kind { post, project };

/// One kind of record, its index and how it is read. A match in the title counts most, then the
/// tags; the parameters of the statements are the expression and a count or an id.
struct Index {
  Kind kind;
  SearchColumns columns;
  std::string_view ranked;  ///< → id, rank; the best first
  std::string_view result;  ///< → title, slug or url, published_at, snippet
};

constexpr std::array kPostFields = std::to_array<SearchField>({{"title", "title"},
                                                               {"name", "title"},
                                                               {"body", "raw_body"},
                                                               {"raw_body", "raw_body"},
                                                               {"excerpt", "excerpt"},
                                                               {"tag", "tags"},
                                                               {"tags", "tags"}});

constexpr std::array kProjectFields = std::to_array<SearchField>({{"title", "name"},
                                                                  {"name", "name"},
                                                                  {"body", "description"},
                                                                  {"description", "description"},
                                                                  {"tag", "tags"},
                                                                  {"tags", "tags"}});

// The snippet is made for one row at a time and not beside the rank: there it would be made for
// every match before the best are chosen.
constexpr std::array kIndexes = {
    Index{.kind = Kind::post,
          .columns = {.all = "title raw_body excerpt tags", .fields = kPostFields},
          .ranked = "SELECT f.rowid, f.rank FROM posts_fts f JOIN posts p ON p.id = f.rowid "
                    "WHERE f.posts_fts MATCH ? AND f.rank MATCH 'bm25(0, 10, 1, 2, 5)' "
                    "AND NOT p.is_draft ORDER BY f.rank LIMIT ?",
          .result = "SELECT p.title, p.slug, p.published_at, "
                    "snippet(posts_fts, 2, char(2), char(3), '…', 24) "
                    "FROM posts_fts f JOIN posts p ON p.id = f.rowid "
                    "WHERE f.posts_fts MATCH ? AND f.rowid = ?"},
    Index{.kind = Kind::project,
          .columns = {.all = "name description tags", .fields = kProjectFields},
          .ranked = "SELECT f.rowid, f.rank FROM projects_fts f "
                    "WHERE f.projects_fts MATCH ? AND f.rank MATCH 'bm25(0, 10, 1, 5)' "
                    "ORDER BY f.rank LIMIT ?",
          .result = "SELECT p.name, p.url, NULL, "
                    "snippet(projects_fts, 2, char(2), char(3), '…', 24) "
                    "FROM projects_fts f JOIN projects p ON p.id = f.rowid "
                    "WHERE f.projects_fts MATCH ? AND f.rowid = ?"},
};

struct Hit {
  const Index* index = nullptr;
  std::int64_t id = 0;
  double rank = 0;  ///< Lower is better.
};

/// The query in the language of each index; empty where it can't match.
using Expressions = std::array<std::string, kIndexes.size()>;

Expressions expressions_of(const SearchQuery& query) {
  Expressions expressions;
  std::ranges::transform(kIndexes, expressions.begin(), [&query](const Index& index) {
    return query.match_expression(index.columns);
  });
  return expressions;
}

Result<std::vector<Hit>> best_hits(db::Connection& db, const Expressions& expressions, int count) {
  std::vector<Hit> hits;
  for (std::size_t i = 0; i < kIndexes.size(); ++i) {
    if (expressions[i].empty()) continue;
    const auto read = db::for_each_row(
        db,
        [&](const db::Statement& row) {
          hits.push_back({&kIndexes[i], row.get<std::int64_t>(0), row.get<double>(1)});
        },
        kIndexes[i].ranked, expressions[i], count);
    if (!read) return std::unexpected(read.error());
  }
  std::ranges::sort(hits, {},
                    [](const Hit& hit) { return std::tuple(hit.rank, hit.index, hit.id); });
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
  const bool post = hit.index->kind == Kind::post;
  json.begin_object();
  json.key("kind").string(post ? "post" : "project");
  json.key("id").integer(hit.id);
  json.key("title").string(row.get<std::string_view>(0));
  json.key(post ? "slug" : "url").string(row.get<std::string_view>(1));
  if (post) write_time(json.key("published_at"), row.get<std::optional<std::string_view>>(2));
  json.key("snippet").string(snippet_html(row.get<std::string_view>(3)));
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

Result<void> write_hits(JsonWriter& json, db::Connection& db, const Expressions& expressions,
                        std::span<const Hit> hits) {
  for (const Hit& hit : hits) {
    const auto at = static_cast<std::size_t>(hit.index - kIndexes.data());
    const auto read = db::for_each_row(
        db, [&](const db::Statement& row) { write_hit(json, hit, row); }, hit.index->result,
        expressions[at], hit.id);
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

Result<std::string> search(db::Connection& db, const SearchRequest& request) {
  const auto offset = offset_of(request);
  if (!offset) return std::unexpected(offset.error());
  const int end = *offset + request.limit;

  JsonWriter json(8'192);
  json.begin_object().key("data").begin_array();
  bool more = false;
  if (const auto query = SearchQuery::parse(request.query)) {
    const Expressions expressions = expressions_of(*query);
    const auto hits = best_hits(db, expressions, end + 1);
    if (!hits) return std::unexpected(hits.error());
    more = std::ssize(*hits) > end && end <= kMaxOffset;
    const auto page = std::span(*hits)
                          .first(std::min(hits->size(), static_cast<std::size_t>(end)))
                          .subspan(std::min(hits->size(), static_cast<std::size_t>(*offset)));
    if (auto done = write_hits(json, db, expressions, page); !done) {
      return std::unexpected(done.error());
    }
  }
  json.end_array().key("page").begin_object().key("next");
  more ? json.string(std::to_string(end)) : json.null();
  json.end_object().end_object();
  return std::move(json).take();
}

}  // namespace coppice::app::content
