#include "app/http/routes.hpp"

#include "app/http/account_routes.hpp"
#include "app/http/changes_routes.hpp"
#include "app/http/content_routes.hpp"
#include "app/http/docs_routes.hpp"
#include "app/http/image_routes.hpp"
#include "app/http/metrics_routes.hpp"
#include "app/http/site_routes.hpp"
#include "app/http/viewer.hpp"
#include "app/version.hpp"

namespace coppice::app::http {

net::http::Routes routes(const Destinations& to) {
  using net::http::Pipeline;
  using net::http::scope;
  using net::http::upgrade;

  const Pipeline api("api", {});
  const Pipeline viewers("viewers", {fetch_principal(to.accounts), fetch_viewer()});
  const Pipeline editors(
      "editors", {require_role(accounts::Role::editor), require_scope(accounts::kWriteContent)});
  // The table is the same for all, so that the description of the API is, too.
  const content::Catalogue& catalogue = *content::content_catalogue();

  const net::http::Routes served = {
      health_routes(to.api),
      scope("/api", {api}, account_routes(to.accounts)),
      scope("/api", {api, viewers},
            {content_routes(to.api, catalogue, editors), changes_routes(to.api, catalogue)}),
      sign_in_routes(to.sign_in),
      image_routes(to.api),
      site_routes(to.api),
  };
  const net::http::Routes metrics =
      to.metrics_token.empty() ? net::http::Routes{} : metrics_route(to.metrics, to.metrics_token);
  return {
      served,
      docs_routes(served, catalogue, kVersion),
      upgrade(std::string(kWebSocketPath), to.websocket,
              {.summary = "Channels, for Phoenix's clients"}),
      net::channels::longpoll_route(std::string(kLongPollPath), to.polls),
      metrics,
  };
}

}  // namespace coppice::app::http
