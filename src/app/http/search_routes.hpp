#pragma once

#include "app/http/answers.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// Below `/api`: `/search`, over all resources that can be searched.
[[nodiscard]] net::http::Routes search_routes(const Context& context);

}  // namespace coppice::app::http
