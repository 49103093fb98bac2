#include "app/content/search.hpp"

#include <memory>
#include <stdexcept>
#include <string>

#include <boost/json/parse.hpp>

#include "app/content/resources.hpp"
#include "app/content/search_query.hpp"
#include "db/migrations.hpp"
#include "db/query.hpp"
#include "fuzz/target.hpp"

/// What somebody types into a search box, asked of the schema's own full-text tables.
namespace coppice::fuzz {
namespace {

using namespace app::content;  // NOLINT(google-build-using-namespace): what is under test

template <class T>
T must(actors::Result<T> result) {
  if (!result) throw std::runtime_error(result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// A database in memory with something to find in each table.
db::Connection make_database() {
  auto db = must(db::Connection::open({.path = ":memory:", .create = true}));
  must(must(db::Migrations::embedded()).apply_pending(db));
  must(
      db.execute("INSERT INTO posts (title, slug, raw_body, body, excerpt, published_at, "
                 "inserted_at, updated_at) VALUES ('An apple tree', 'apple', 'It was green once.', "
                 "'<p>It was green once.</p>', 'It was', '2025-01-01T00:00:00', 'x', 'x')"));
  must(
      db.execute("INSERT INTO projects (name, url, description, inserted_at, updated_at) "
                 "VALUES ('apple', 'https://example.com', 'A green tree', 'x', 'x')"));
  return db;
}

void check_syntax(db::Connection& db, const SearchQuery& query) {
  for (const auto& table : content_catalogue()->tables()) {
    if (!table->resource().search) continue;
    const auto expression = query.match_expression(table->search_columns());
    if (expression.empty()) continue;
    const auto ranked =
        db::for_each_row(db, [](const db::Statement&) {}, table->search_ranked(), expression, 10);
    if (!ranked) throw std::logic_error(ranked.error().message() + ": " + expression);
  }
}

void run(std::string_view input) {
  static auto db = make_database();
  const auto query = SearchQuery::parse(input);
  if (query) check_syntax(db, *query);
  const auto found = search(db, *content_catalogue(), {.query = std::string(input), .limit = 10});
  expect(found.has_value(), "whatever is typed is answered");
  const auto answer = boost::json::parse(*found);
  const auto& hits = answer.at("data").as_array();
  expect(query || hits.empty(), "who asks for nothing finds nothing");
  for (const auto& hit : hits) {
    const std::string snippet(hit.at("snippet").as_string());
    expect(!snippet.contains('\x02') && !snippet.contains('\x03'), "marks become tags");
  }
}

const Registration kRegistration("search", run);

}  // namespace
}  // namespace coppice::fuzz
