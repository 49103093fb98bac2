#include "app/http/routes.hpp"

#include <string>
#include <utility>

#include "app/http/account_routes.hpp"
#include "app/http/changes_routes.hpp"
#include "app/http/content_routes.hpp"
#include "app/http/dashboard_routes.hpp"
#include "app/http/docs_routes.hpp"
#include "app/http/image_routes.hpp"
#include "app/http/metrics_routes.hpp"
#include "app/http/site_routes.hpp"
#include "app/http/viewer.hpp"
#include "app/version.hpp"

namespace coppice::app::http {
namespace {

/// Requests that wait for what their clients have written elsewhere. A plain file has it.
net::http::Pipeline reads(std::string name, const Destinations& to, ReadYourWritesOptions options) {
  const bool is_replicated = to.api && to.api->database.replication().is_replicated();
  if (!is_replicated) return {std::move(name), {}};
  options.cookie = to.accounts->session;
  return {std::move(name), {read_your_writes(positions_of(to.api->database), std::move(options))}};
}

}  // namespace

net::http::Routes routes(const Destinations& to) {
  using net::http::Pipeline;
  using net::http::scope;
  using net::http::upgrade;

  const Pipeline api = reads("api", to, {.ask_primary = to.ask_primary});
  const Pipeline site = reads("site", to, {.ask_primary = to.ask_primary});
  // The primary is not asked for what is this node's own, has no end, or changes something by GET.
  const Pipeline here = reads("here", to, {});
  const Pipeline streams = reads("api", to, {});
  const auto goes_on = [polls = to.polls](const net::http::Request& request) {
    return polls && polls->goes_on(request);
  };
  const Pipeline sockets = reads("sockets", to, {.for_sockets = true, .goes_on = goes_on});
  const Pipeline viewers("viewers", {fetch_principal(to.accounts), fetch_viewer()});
  const Pipeline editors(
      "editors", {require_role(accounts::Role::editor), require_scope(accounts::kWriteContent)});
  // The table is the same for all, so that the description of the API is, too.
  const content::Catalogue& catalogue = *content::content_catalogue();

  const net::http::Routes served = {
      health_routes(to.api),
      scope("/api", {api}, account_routes(to.accounts)),
      scope("/api", {api, viewers}, content_routes(to.api, catalogue, editors)),
      scope("/api", {streams, viewers}, changes_routes(to.api, catalogue)),
      scope("", {here}, sign_in_routes(to.sign_in)),
      scope("", {site}, {image_routes(to.api), site_routes(to.api)}),
  };
  const SessionConfig session = to.accounts ? to.accounts->session : SessionConfig{};
  const net::http::Routes metrics =
      to.metrics_token.empty() ? net::http::Routes{} : metrics_route(to.metrics, to.metrics_token);
  return {
      served,
      docs_routes(served, content::content_catalogue(), kVersion, session),
      dashboard_routes(to.accounts, to.developers, here),
      scope("", {sockets},
            {upgrade(std::string(kWebSocketPath), to.websocket,
                     {.summary = "Channels, for Phoenix's clients"}),
             net::channels::longpoll_route(std::string(kLongPollPath), to.polls)}),
      metrics,
  };
}

}  // namespace coppice::app::http
