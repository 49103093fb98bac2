#pragma once

#include "app/http/answers.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// Below `/api`: `/changes`, what changes in a resource, as Server-Sent Events.
///
/// @param catalogue  Outlives the routes.
[[nodiscard]] net::http::Routes changes_routes(const Context& context,
                                               const content::Catalogue& catalogue);

}  // namespace coppice::app::http
