#include "posts.hpp"

#include <utility>
#include <vector>

#include "db/query.hpp"

namespace coppice::bench {

namespace {

app::content::Post post_of(std::int64_t number) {
  app::content::Post post;
  post.title = "Post " + std::to_string(number);
  post.slug = "post-" + std::to_string(number);
  if (number % 100 == 0) post.raw_body = "rareword ";
  for (std::int64_t i = 0; post.raw_body.size() < 2000; ++i) {
    post.raw_body += "word" + std::to_string((number + i * i) % 5000) + " common ";
  }
  post.body = "<p>" + post.raw_body + "</p>";
  post.excerpt = post.body.substr(0, 200);
  post.published_at = "2026-01-01T00:00:00";
  post.tags = {"tag-" + std::to_string(number % 20)};
  return post;
}

}  // namespace

void write_posts(actors::Runtime& runtime, const db::Database& database) {
  std::vector<db::Command> commands;
  commands.reserve(static_cast<std::size_t>(kPosts));
  for (std::int64_t i = 0; i < kPosts; ++i) {
    commands.push_back(db::to_command(app::content::UpsertPost{post_of(i)}));
  }
  for (const auto& done :
       database.execute_all_blocking(runtime, std::move(commands), std::chrono::minutes(5))) {
    must(actors::Result<db::CommandReply>(done));
  }
}

actors::Result<std::optional<TitleAndText>> read_post(db::Connection& db, std::int64_t number) {
  const auto slug = "post-" + std::to_string(number);
  return db::query_one<std::string, std::string>(
      db, "SELECT title, raw_body FROM posts WHERE slug = ?", slug);
}

}  // namespace coppice::bench
