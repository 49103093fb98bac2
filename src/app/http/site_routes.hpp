#pragma once

#include "app/http/answers.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// What the site has beside the API: `/rss`, and `/:permalink`, which leads to the post that has
/// it.
[[nodiscard]] net::http::Routes site_routes(const Context& context);

}  // namespace coppice::app::http
