#pragma once

#include <string>
#include <string_view>

#include "app/account_config.hpp"
#include "app/content/resource/table.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// The description of the API in OpenAPI 3.1, as JSON: of every route that has an Operation, and in
/// few words of every other one below `/api`.
///
/// @param version  The program's.
/// @param session  What its cookie is called follows from that.
[[nodiscard]] std::string openapi_document(const net::http::Routes& routes,
                                           const content::Catalogue& catalogue,
                                           std::string_view version,
                                           const SessionConfig& session = {});

}  // namespace coppice::app::http
