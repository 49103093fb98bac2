#pragma once

#include <optional>
#include <string>

#include "net/http/request.hpp"

namespace coppice::app::http {

/// What follows `Bearer` in `authorization` (RFC 6750 2.1); nothing if that isn't there.
[[nodiscard]] std::optional<std::string> bearer_token(const net::http::Request& request);

}  // namespace coppice::app::http
