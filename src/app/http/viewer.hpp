#pragma once

#include <string>

#include "net/http/plug.hpp"
#include "net/http/request.hpp"

namespace coppice::app::http {

/// Who asks, as far as content is concerned.
struct Viewer {
  bool sees_hidden = false;  ///< Drafts too.
  std::string principal{};   ///< Names whose idempotency keys a request's is one of.
};

/// Leaves the Viewer that the request's principal is; nobody leaves none. Behind fetch_principal().
[[nodiscard]] net::http::Plug fetch_viewer();

/// The request's viewer: the public, if nobody else is known.
[[nodiscard]] Viewer viewer_of(const net::http::Request& request);

}  // namespace coppice::app::http
