#include "app/http/routes.hpp"

#include "app/http/account_routes.hpp"

namespace coppice::app::http {

net::http::Routes routes(const Destinations& to) {
  using net::http::Pipeline;
  using net::http::scope;
  using net::http::upgrade;

  const Pipeline api("api", {});

  return {
      health_routes(to.api),
      scope("/api", {api}, {content_routes(to.api), account_routes(to.accounts)}),
      sign_in_routes(to.sign_in),
      upgrade("/socket/websocket", to.websocket, {.summary = "Channels, for Phoenix's clients"}),
  };
}

}  // namespace coppice::app::http
