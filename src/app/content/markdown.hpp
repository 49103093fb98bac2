#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/content/post.hpp"

namespace coppice::app::content {

/// What a page needs to show a stored image without its layout jumping.
struct ImageInfo {
  std::string url;
  int width_px = 0;
  int height_px = 0;
  std::optional<std::int64_t> placeholder;  ///< See lqip.hpp; transparent images have none.
};

/// Finds a stored image by the name that it is stored under ("tree.webp").
using ImageLookup = std::function<std::optional<ImageInfo>(std::string_view name)>;

struct MarkdownOptions {
  /// Whether raw HTML and any address stay as written; otherwise the result is sanitized.
  bool trusted = false;
  /// An identifier that no heading may take, or empty.
  std::string reserved_id = {};
  /// May be empty: then no image is a stored one.
  ImageLookup find_image = {};
};

struct RenderedMarkdown {
  std::string html;
  /// Up to the first three paragraphs; ends at the first list, table, quote, code block, rule or
  /// second-level heading that follows a paragraph. Empty without a paragraph.
  std::string excerpt;
  std::vector<Heading> headings;  ///< In order.
};

/// Renders GitHub-flavoured Markdown (tables, strikethrough, task lists, autolinks, typographic
/// punctuation). Every heading gets an id that is unique in the text, and every image that names a
/// stored one (by its file name, in whatever folder, with whatever extension) gets that one's
/// address, size and placeholder.
///
/// @param markdown  UTF-8.
/// Thread: any.
[[nodiscard]] RenderedMarkdown render_markdown(std::string_view markdown,
                                               const MarkdownOptions& options);

}  // namespace coppice::app::content
