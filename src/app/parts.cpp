#include "app/parts.hpp"

#include <csignal>
#include <string>
#include <tuple>
#include <unistd.h>
#include <utility>
#include <vector>

#include <spdlog/spdlog.h>

#include "actors/pubsub/pubsub.hpp"
#include "app/accounts/account_commands.hpp"
#include "app/accounts/accounts.hpp"
#include "app/admin/account_routes.hpp"
#include "app/admin/actor_routes.hpp"
#include "app/admin/cluster_routes.hpp"
#include "app/admin/connection_routes.hpp"
#include "app/admin/crash_routes.hpp"
#include "app/admin/database_routes.hpp"
#include "app/admin/import_routes.hpp"
#include "app/admin/lifecycle_routes.hpp"
#include "app/admin/load_routes.hpp"
#include "app/admin/openapi_routes.hpp"
#include "app/admin/server_routes.hpp"
#include "app/admin/version_header.hpp"
#include "app/admin/watch_routes.hpp"
#include "app/admin/work_routes.hpp"
#include "app/changes/source.hpp"
#include "app/cluster/own_status.hpp"
#include "app/config_report.hpp"
#include "app/content/content_commands.hpp"
#include "app/content/resource/write_record.hpp"
#include "app/content/resources.hpp"
#include "app/crashes/crash_commands.hpp"
#include "app/crashes/handler_crashes.hpp"
#include "app/crashes/read_crashes.hpp"
#include "app/dashboard/desk.hpp"
#include "app/dashboard/operator_right.hpp"
#include "app/database_folder.hpp"
#include "app/http/certificate.hpp"
#include "app/http/endpoint.hpp"
#include "app/http/notes.hpp"
#include "app/http/routes.hpp"
#include "app/litefs/node.hpp"
#include "app/mail/mailer.hpp"
#include "app/metrics/sources.hpp"
#include "app/rooms/socket_endpoint.hpp"
#include "app/telemetry.hpp"
#include "app/tracing/exporter.hpp"
#include "app/tracing/request_trace.hpp"
#include "net/address_range.hpp"
#include "net/http/plugs/request_id.hpp"

namespace coppice::app {
namespace {

constexpr auto kDrainSpread = std::chrono::milliseconds(1000);

/// A mount is LiteFS's to make.
actors::Result<void> prepare_database_folder(const Config& config) {
  const bool production = config.environment == Environment::production;
  if (!config.litefs.is_used()) {
    auto made = make_database_folder(config.database_path);
    if (made && production) warn_of_lost_data(config.database_path);
    return made;
  }
  return litefs::check_start(config.litefs, config.database_path, production);
}

actors::Result<db::Database> open_database(const Config& config, const nodes::NodeParts& nodes) {
  if (auto ready = prepare_database_folder(config); !ready) return std::unexpected(ready.error());
  auto commands = std::make_shared<db::CommandRegistry>();
  content::add_content_commands(*commands);
  content::add_resource_commands(*commands, content::content_catalogue());
  accounts::add_account_commands(*commands);
  mail::add_mail_commands(*commands);
  rooms::add_message_commands(*commands);
  crashes::add_crash_commands(*commands);
  auto migrations = db::Migrations::embedded();
  if (!migrations) return std::unexpected(migrations.error());
  return db::Database::create(
      {.path = config.database_path,
       .pool_size = config.pool_size,
       .synchronous = config.synchronous_full ? db::Synchronous::full : db::Synchronous::normal,
       .free_space_reserve = std::uint64_t{config.free_space_reserve} << 20U,
       .commands = std::move(commands),
       .migrations = std::make_shared<const db::Migrations>(std::move(*migrations)),
       .newer_schema =
           config.allow_newer_schema ? db::NewerSchema::allowed : db::NewerSchema::refused,
       .replication = nodes.replication,
       .forward = nodes::forward_through(nodes),
       .durability = config.litefs.durability});
}

/// Who speaks for many clients: the proxies, and this machine itself, where one is that nobody has
/// named.
std::vector<net::AddressRange> addresses_of_many(std::vector<net::AddressRange> proxies) {
  const auto loopback = net::parse_address_ranges("127.0.0.0/8, ::1").value();
  proxies.insert(proxies.end(), loopback.begin(), loopback.end());
  return proxies;
}

net::server::HttpOptions http_options(actors::Runtime& runtime, const Config& config,
                                      std::shared_ptr<const net::http::Router> router) {
  net::server::HttpOptions options;
  options.listen = {.address = config.listen_address, .port = config.port};
  options.router = std::move(router);
  options.limits = config.http.limits;
  options.timeouts = config.http.timeouts;
  options.max_connections = config.http.max_connections;
  options.max_connections_per_address = config.http.max_connections_per_address;
  options.unlimited_addresses = addresses_of_many(config.http.trusted_proxies);
  options.on_accept_error = [](const boost::system::error_code& error, std::uint64_t count) {
    SPDLOG_WARN(
        "can't accept clients: {} ({} times); without a descriptor they are told 503, see "
        "the limit of open files (ulimit -n)",
        error.message(), count);
  };
  options.on_exception = crashes::report_handlers_to(
      std::make_shared<crashes::PartCrashes>(runtime, "handler", "request"));
  return options;
}

accounts::Accounts make_accounts(const Config& config, const db::Database& database,
                                 const rooms::Realtime& realtime) {
  std::vector<std::string> secrets{config.secret_key_base};
  secrets.insert(secrets.end(), config.previous_secrets.begin(), config.previous_secrets.end());
  accounts::AccountsOptions options;
  options.session_idle = config.accounts.session.idle;
  options.session_limit = config.accounts.session.limit;
  options.on_let_out = [disconnects = realtime.disconnects](std::int64_t user_id) {
    disconnects->disconnect(user_id);
  };
  return {database, std::make_shared<const accounts::KeyRing>(secrets), options};
}

http::AccountContextPtr account_context(const Config& config, const db::Database& database,
                                        const rooms::Realtime& realtime,
                                        std::shared_ptr<LogLimit> failure_log) {
  // "*" trusts nobody with other people's sessions.
  const http::SameSitePolicy same_site(config.host,
                                       config.cors_origins.value_or(std::vector<std::string>()));
  return std::make_shared<const http::AccountContext>(
      make_accounts(config, database, realtime), config.accounts.session, same_site,
      std::make_shared<mail::Mailer::Slot>("the mailer"), std::move(failure_log));
}

/// With their stacks, when one actor is looked at.
constexpr int kCrashesOfActor = 5;

/// Of the admin socket and the dashboard alike.
std::shared_ptr<admin::ActorControl> actor_control(actors::Runtime& runtime,
                                                   const db::Database& database, bool drills) {
  const auto crashes_at = [path = database.path()](const std::string& place) {
    return crashes::last_crashes_at(path, place, kCrashesOfActor);
  };
  return std::make_shared<admin::ActorControl>(runtime, drills, crashes_at);
}

/// What operators may ask for over the admin socket; see docs/admin.md.
net::http::Routes operator_routes(const Config& config, const admin::Watched& watched,
                                  std::shared_ptr<Drain> drain,
                                  std::shared_ptr<const metrics::Exposition> exposition,
                                  crashes::LedgerPtr crashes, admin::DatabaseParts database,
                                  accounts::Accounts accounts, admin::ConnectionParts connections,
                                  admin::LoadParts load, admin::NodesParts nodes,
                                  crashes::PartCrashesPtr handler_crashes) {
  auto work = std::make_shared<admin::Work>(std::move(handler_crashes));
  const auto stop = [] {
    SPDLOG_INFO("an operator ends the server");
    kill(getpid(), SIGTERM);
  };
  auto& runtime = database.runtime;
  admin::ImportParts import{runtime, database.api, !config.content_path.empty(),
                            database.long_work};
  return admin::with_description({
      admin::actor_routes(work, nodes.control),
      admin::server_routes(work, std::move(exposition), stop),
      admin::load_routes(work, std::move(load)),
      admin::cluster_routes(work, std::move(nodes)),
      admin::connection_routes(work, std::move(connections)),
      admin::crash_routes(work, database.runtime, std::move(crashes)),
      admin::account_routes(work, {runtime, std::move(accounts)}),
      admin::import_routes(work, std::move(import)),
      admin::work_routes(database.long_work),
      admin::database_routes(work, std::move(database)),
      admin::watch_routes(work, watched),
      admin::lifecycle_routes(work, std::move(drain),
                              config_json(config_report(lookup_environment))),
  });
}

std::shared_ptr<backup::FolderWatch> watch_backups(actors::Runtime& runtime, const Config& config) {
  auto watch = std::make_shared<backup::FolderWatch>(backup::Backups(config.backup.backups),
                                                     backup::on_blocking_threads(runtime));
  std::ignore = watch->read();  // so that the first who asks is told of those of before
  return watch;
}

}  // namespace

actors::Result<Parts> make_parts(actors::Runtime& runtime, const Config& config,
                                 std::shared_ptr<Log> log) {
  auto nodes = nodes::make_node(config);
  auto database = open_database(config, nodes);
  if (!database) return std::unexpected(database.error());
  auto api = std::make_shared<http::ApiContext>(*database, config.version, config.region);
  api->host = config.host;
  api->posts_url = config.posts_url;
  const bool drills = config.environment == Environment::development;
  auto realtime = rooms::make_realtime(runtime, drills, config.cluster.node_name);
  auto cluster = cluster::make_cluster(runtime, config.cluster, config.secret_key_base);
  cluster::connect(cluster, realtime.hub);
  api->hub = realtime.hub;
  realtime.changes =
      std::make_shared<const changes::Source>(*database, api->catalogue, realtime.hub);
  auto tracer = tracing::make_tracer(config.tracing);
  if (config.room_history) {
    realtime.history = std::make_shared<const rooms::History>(*database, realtime.hub,
                                                              *config.room_history, tracer);
  }
  realtime.desk = std::make_shared<dashboard::Desk>(
      realtime.hub, actor_control(runtime, *database, drills), config.version);
  auto accounts = account_context(config, *database, realtime, api->failure_log);
  auto sockets =
      rooms::socket_endpoint(runtime, realtime, accounts->accounts, config, kDrainSpread);
  if (!sockets) return std::unexpected(sockets.error());
  auto plugs = http::endpoint_plugs(config, tracer);
  if (!plugs) return std::unexpected(plugs.error());
  auto exposition = std::make_shared<metrics::Exposition>();
  auto routes = http::routes({.api = api,
                              .accounts = accounts,
                              .sign_in = http::sign_in_context(accounts, config.accounts.sign_in),
                              .websocket = std::move(sockets->websocket),
                              .polls = sockets->polls,
                              .ask_primary = nodes::ask_primary(nodes),
                              .developers = dashboard::lets_developers_in(config),
                              .metrics = exposition,
                              .metrics_token = config.http.metrics_token});
  if (tracer) routes = tracing::trace_handlers(routes);
  auto site = std::make_shared<const net::http::Router>(
      routes, std::vector{tracing::go_on_with_traces(tracer)});
  nodes::open_endpoint(nodes, runtime, config, *database, std::move(site), tracer);
  auto router = std::make_shared<const net::http::Router>(std::move(routes), std::move(*plugs));
  CrashKeeping crashes(config, *database);
  auto backup_figures = watch_backups(runtime, config);
  sentry::follow_errors(*log, crashes.sentry());
  auto told = metrics::add_sources(
      *exposition,
      {.runtime = runtime,
       .version = config.version,
       .database = *database,
       .realtime = realtime,
       .backups = backup_figures,
       .mails = accounts->mails,
       .log = log,
       .reports = {.ledger = crashes.ledger(), .sentry = crashes.sentry(), .tracer = tracer},
       .cluster = cluster.link,
       .routes = router->routes()});
  auto options = http_options(runtime, config, std::move(router));
  auto recent = std::make_shared<http::RecentRequests>();
  options.on_answered = http::note_answers(config.http.access_log, log, told.requests, recent);
  options.on_room_made = http::note_room_made(told.refusals);
  options.on_turned_away = http::note_refusals(std::move(told.refusals));
  if (auto loaded = http::use_certificate(config.http, options); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  auto endpoint = std::make_shared<net::server::HttpEndpoint>(runtime, std::move(options));
  auto events = std::make_shared<Journal>(Telemetry::kRemembered);
  auto drain = std::make_shared<Drain>(runtime, api, sockets->polls, endpoint);
  auto operator_crashes =
      std::make_shared<crashes::PartCrashes>(runtime, "admin handler", "operator's request");
  auto long_work = std::make_shared<LongWork>();
  auto operators = operator_routes(config, {runtime, std::move(log), events}, drain, exposition,
                                   crashes.ledger(),
                                   {.runtime = runtime,
                                    .api = api,
                                    .backups = backup::Backups(config.backup.backups),
                                    .backup_figures = std::move(backup_figures),
                                    .long_work = long_work},
                                   accounts->accounts, {runtime, endpoint, realtime},
                                   {runtime, std::move(told.shards), std::move(recent)},
                                   {.runtime = runtime,
                                    .cluster = cluster,
                                    .name = config.cluster.node_name,
                                    .status = cluster::status_of(config, *database),
                                    .control = realtime.desk->control},
                                   operator_crashes);
  auto operators_router = std::make_shared<const net::http::Router>(
      std::move(operators), std::vector{net::http::plugs::request_id(), admin::version_header()});
  realtime.desk->operators = operators_router;
  return Parts{.api = std::move(api),
               .accounts = std::move(accounts),
               .realtime = std::move(realtime),
               .events = std::move(events),
               .endpoint = std::move(endpoint),
               .nodes = std::move(nodes),
               .cluster = std::move(cluster),
               .polls = std::move(sockets->polls),
               .drain = std::move(drain),
               .long_work = std::move(long_work),
               .operators = std::move(operators_router),
               .operator_crashes = std::move(operator_crashes),
               .tracer = std::move(tracer),
               .crashes = std::move(crashes)};
}

}  // namespace coppice::app
