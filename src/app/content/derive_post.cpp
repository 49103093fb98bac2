#include "app/content/derive_post.hpp"

#include <utility>

namespace coppice::app::content {

Post derive_post(PostSource source, bool trusted, const ImageLookup& find_image) {
  RenderedMarkdown body = render_markdown(
      source.raw_body, {.trusted = trusted, .reserved_id = source.slug, .find_image = find_image});
  Post post;
  if (source.description) {
    post.description =
        render_markdown(*source.description, {.trusted = trusted, .find_image = find_image}).html;
  }
  post.headings.push_back({.link = source.slug, .title = source.title, .level = 1});
  post.headings.insert(post.headings.end(), std::make_move_iterator(body.headings.begin()),
                       std::make_move_iterator(body.headings.end()));
  if (!body.excerpt.empty()) post.excerpt = std::move(body.excerpt);
  post.body = std::move(body.html);
  post.reading_time_minutes = reading_time_minutes(source.raw_body);
  post.title = std::move(source.title);
  post.slug = std::move(source.slug);
  post.raw_body = std::move(source.raw_body);
  post.is_draft = source.is_draft;
  post.published_at = std::move(source.published_at);
  post.permalinks = std::move(source.permalinks);
  post.tags = normalized_tags(std::move(source.tags));
  return post;
}

}  // namespace coppice::app::content
