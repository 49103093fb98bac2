#pragma once

#include <optional>

#include "app/http/answers.hpp"
#include "net/http/plug.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// The content API, below `/api`: the resources, and the search over them.
///
/// @param catalogue  Outlives the routes.
/// @param writers  What requests that write pass; without it, nothing can be written.
[[nodiscard]] net::http::Routes content_routes(const Context& context,
                                               const content::Catalogue& catalogue,
                                               const std::optional<net::http::Pipeline>& writers);

}  // namespace coppice::app::http
