#pragma once

#include <string>

#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

/// Gives each request an id for logs: what the client or a proxy sent as `x-request-id`, if that is
/// 20 to 200 letters, digits and `+/=_.:@-`, else one of its own. It is in Request::id and in the
/// answer's `x-request-id`.
[[nodiscard]] Plug request_id();

/// A new id, for who is answered before there is a request. Thread: any.
[[nodiscard]] std::string make_request_id();

}  // namespace coppice::net::http::plugs
