#pragma once

#include "app/content/markdown.hpp"
#include "app/content/post.hpp"

namespace coppice::app::content {

/// Works out what the database holds beside what the author wrote: the HTML of body, excerpt and
/// description, the table of contents and the reading time.
///
/// @param trusted  Whether raw HTML stays as written.
/// @pre validate(source) found nothing. Thread: any.
[[nodiscard]] Post derive_post(PostSource source, bool trusted, const ImageLookup& find_image);

}  // namespace coppice::app::content
