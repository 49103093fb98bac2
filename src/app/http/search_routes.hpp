#pragma once

#include "app/content/resource/table.hpp"
#include "app/http/answers.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// Below `/api`: `/search`, over all resources that can be searched.
/// @param catalogue  What the description says of them.
[[nodiscard]] net::http::Routes search_routes(const Context& context,
                                              const content::Catalogue& catalogue);

}  // namespace coppice::app::http
