#pragma once

#include <memory>
#include <string_view>

#include "app/account_config.hpp"
#include "app/content/resource/table.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// The API's description: `/api/openapi.json`, and `/docs`, a page that shows it, whose parts are
/// in the binary.
///
/// @param described  All other routes.
[[nodiscard]] net::http::Routes docs_routes(net::http::Routes described,
                                            std::shared_ptr<const content::Catalogue> catalogue,
                                            std::string_view version, const SessionConfig& session);

}  // namespace coppice::app::http
