#include "app/content/search.hpp"

#include <filesystem>
#include <stdexcept>
#include <string>

#include <boost/json/parse.hpp>

#include "app/content/resources.hpp"
#include "app/content/search_query.hpp"
#include "app/content/upsert.hpp"
#include "db/migrations.hpp"
#include "db/query.hpp"
#include "db/temporary_directory.hpp"
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

/// A database with something to find in each table.
db::Connection make_database(const std::filesystem::path& path) {
  auto db = must(db::Connection::open({.path = path, .create = true}));
  must(must(db::Migrations::embedded()).apply_pending(db));
  Post post;
  post.title = "An apple tree";
  post.slug = "apple";
  post.raw_body = "It was green once.";
  post.body = "<p>It was green once.</p>";
  post.published_at = "2025-01-01T00:00:00";
  must(upsert(db, post));
  const Project project{
      .name = "apple", .url = "https://example.com", .description = "A green tree", .tags = {}};
  must(upsert(db, project));
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
  static const db::TemporaryDirectory folder;
  static auto db = make_database(folder / "search.db");
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
