#pragma once

#include <optional>

#include "app/content/resource/table.hpp"
#include "app/http/answers.hpp"
#include "net/http/plug.hpp"
#include "net/http/route.hpp"

namespace coppice::app::http {

/// The routes of one resource, below `/api`: its list and its records; and, if there is a pipeline
/// for writers, those that create, change, replace and delete records, behind it. Each says for the
/// API's description what it takes and gives.
///
/// @param table  Outlives the routes.
[[nodiscard]] net::http::Routes resource_routes(const Context& context, const content::Table& table,
                                                const std::optional<net::http::Pipeline>& writers);

}  // namespace coppice::app::http
