#pragma once

#include <string>

#include "net/http/request.hpp"

namespace coppice::app::http {

/// Who asks, as far as content is concerned. Left in the request by whoever authenticates.
struct Viewer {
  bool sees_hidden = false;  ///< Drafts too.
  std::string principal{};   ///< Names whose idempotency keys a request's is one of.
};

/// The request's viewer: the public, if nobody else is known.
[[nodiscard]] inline Viewer viewer_of(const net::http::Request& request) {
  const auto* viewer = request.assigns.get<Viewer>();
  return viewer == nullptr ? Viewer{} : *viewer;
}

}  // namespace coppice::app::http
