#include "app/http/viewer.hpp"

#include "app/http/authentication.hpp"

namespace coppice::app::http {

using net::http::Request;
using net::http::Response;

net::http::Plug fetch_viewer() {
  net::http::Plug plug{.name = "viewer"};
  plug.before = [](Request& request) -> std::optional<Response> {
    if (const auto* principal = current_principal(request)) {
      request.assigns.set(Viewer{principal->sees_hidden(), std::to_string(principal->user.id)});
    }
    return std::nullopt;
  };
  return plug;
}

Viewer viewer_of(const Request& request) {
  const auto* viewer = request.assigns.get<Viewer>();
  return viewer == nullptr ? Viewer{} : *viewer;
}

}  // namespace coppice::app::http
