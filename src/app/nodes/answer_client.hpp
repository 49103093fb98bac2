#pragma once

#include <memory>

#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/http/router.hpp"
#include "net/io.hpp"

namespace coppice::app::nodes {

/// What a request is answered that has not come over a connection of this node's: as a client of it
/// would be. The request's time is set to now. A failure is logged, and answered as one; a trace
/// gets the request's span.
///
/// Thread: a shard's.
[[nodiscard]] net::Awaitable<net::http::Response> answer_client(
    std::shared_ptr<const net::http::Router> site, std::shared_ptr<net::http::Request> request);

}  // namespace coppice::app::nodes
