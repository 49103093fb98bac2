#pragma once

#include "actors/result.hpp"
#include "app/content/resource/read_list.hpp"
#include "app/content/search.hpp"
#include "app/http/query_parameters.hpp"

/// Requests for lists as their query strings have them. Parameters are strict: what is unknown,
/// malformed or served elsewhere is an error that names it.
namespace coppice::app::http {

/// Errors: invalid_argument.
[[nodiscard]] actors::Result<content::ListRequest> list_request(const content::Table& table,
                                                                const net::http::Request& request);

/// Errors: invalid_argument.
[[nodiscard]] actors::Result<content::SearchRequest> search_request(
    const net::http::Request& request);

}  // namespace coppice::app::http
