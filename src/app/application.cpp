#include "app/application.hpp"

#include <atomic>
#include <csignal>
#include <filesystem>
#include <optional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "actors/pubsub/pubsub.hpp"
#include "actors/watchdog.hpp"
#include "app/admin/admin_actor.hpp"
#include "app/content/content_commands.hpp"
#include "app/http/api.hpp"
#include "app/jobs/importer.hpp"
#include "app/logging.hpp"
#include "app/rooms/socket_endpoint.hpp"
#include "app/telemetry.hpp"
#include "net/server/http_endpoint.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app {
namespace {

using supervisor::Backoff;
using supervisor::ChildSpec;
using supervisor::Strategy;
using supervisor::SupervisorSpec;
using supervisor::worker;

// A stop takes at the most as long as both together: well within the 5 s that Fly.io grants.
constexpr auto kDrainTime = std::chrono::milliseconds(2500);
constexpr auto kStopTime = std::chrono::milliseconds(2000);
constexpr auto kDrainSpread = std::chrono::milliseconds(1000);

/// Everything that the actors share. Outlives them, and dies before the runtime.
struct Parts {
  std::shared_ptr<http::ApiContext> api;
  rooms::Realtime realtime;
  std::shared_ptr<net::server::HttpEndpoint> endpoint;
  std::shared_ptr<admin::Control> control;
};

actors::Result<db::Database> open_database(const Config& config) {
  const auto folder = std::filesystem::path(config.database_path).parent_path();
  std::error_code error;
  if (!folder.empty()) std::filesystem::create_directories(folder, error);
  if (error) {
    return actors::fail(actors::Errc::io_error, "the database's folder " + folder.string() +
                                                    " can't be made: " + error.message());
  }
  auto commands = std::make_shared<db::CommandRegistry>();
  content::add_content_commands(*commands);
  auto migrations = db::Migrations::embedded();
  if (!migrations) return std::unexpected(migrations.error());
  return db::Database::create(
      {.path = config.database_path,
       .pool_size = config.pool_size,
       .commands = std::move(commands),
       .migrations = std::make_shared<const db::Migrations>(std::move(*migrations))});
}

net::server::HttpOptions http_options(const Config& config,
                                      std::shared_ptr<const net::http::Router> router) {
  net::server::HttpOptions options;
  options.listen = {.address = config.listen_address, .port = config.port};
  options.router = std::move(router);
  options.on_exception = [](const net::http::Request& request, std::exception_ptr failure) {
    const auto reason = actors::reason_of(failure);
    spdlog::error("{} {} failed: {}", to_string(request.method), request.path, reason.to_string());
  };
  return options;
}

actors::Result<Parts> make_parts(actors::Runtime& runtime, const Config& config) {
  auto database = open_database(config);
  if (!database) return std::unexpected(database.error());
  auto api = std::make_shared<http::ApiContext>(*database, config.version, config.region);
  const bool drills = config.environment == Environment::development;
  auto realtime = rooms::make_realtime(runtime, drills);
  auto sockets = rooms::socket_endpoint(runtime, realtime, config, kDrainSpread);
  if (!sockets) return std::unexpected(sockets.error());
  auto routes = http::api_routes(api);
  routes.push_back(net::http::upgrade("/socket/websocket", std::move(*sockets)));
  auto router = std::make_shared<const net::http::Router>(std::move(routes));
  auto endpoint =
      std::make_shared<net::server::HttpEndpoint>(runtime, http_options(config, std::move(router)));
  auto control = std::make_shared<admin::Control>(runtime, drills);
  return Parts{std::move(api), std::move(realtime), std::move(endpoint), std::move(control)};
}

ChildSpec on_own_thread(ChildSpec spec) {
  spec.options.placement = actors::Placement::own_thread();
  return spec;
}

ChildSpec jobs(const Config& config, const Parts& parts) {
  SupervisorSpec spec{.flags = {.intensity = {.intensity = 10}}, .children = {}};
  if (!config.content_path.empty()) {
    auto importer =
        on_own_thread(worker<jobs::Importer>("importer", config.content_path, parts.api->database));
    importer.backoff = Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
    spec.children.push_back(std::move(importer));
  }
  return supervisor::supervisor_child("jobs", std::move(spec));
}

/// The tree of docs/architecture.md, in start order.
///
/// one_for_one, because nobody here needs a sibling's incarnation to stay: what parts share
/// (places, the hub, the roster) outlives them. So a crash of one costs the others nothing.
SupervisorSpec tree(const Config& config, const Parts& parts) {
  auto telemetry = on_own_thread(worker<Telemetry>("telemetry"));
  telemetry.options.mailbox = {.capacity = 16384};
  auto admin =
      on_own_thread(worker<admin::AdminActor>("admin", config.admin_socket, parts.control));
  return {.flags = {.strategy = Strategy::one_for_one, .intensity = {.intensity = 10}},
          .children = {std::move(telemetry), db::database_spec(parts.api->database),
                       worker<actors::pubsub::PubSub>("pubsub", parts.realtime.hub),
                       rooms::presence_child(parts.realtime), jobs(config, parts),
                       net::server::http_child(parts.endpoint), std::move(admin)}};
}

/// Blocks the signals that end a server, so that only wait_for_end() gets them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
  }

  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }

 private:
  sigset_t set_{};
};

/// A server needs one descriptor for each connection; the usual soft limit is for terminals.
void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t open_connections(actors::Runtime& runtime) {
  const auto connections = runtime.root()->find("/http/connections");
  return connections ? connections->children().size() : 0;
}

/// Stops intake, lets what runs finish, then ends the tree in reverse order.
void shut_down(actors::Runtime& runtime, const Parts& parts, actors::Pid root) {
  parts.api->draining = true;
  for (const auto& place : runtime.root()->find("/http")->children()) {
    if (!place->id().starts_with("listener")) continue;
    if (const auto stopped = parts.control->stop(place->path()); !stopped) {
      spdlog::warn("{}: {}", place->path(), stopped.error().message());
    }
  }
  parts.endpoint->drain();
  const auto deadline = runtime.now() + kDrainTime;
  while (open_connections(runtime) > 0 && runtime.now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (const auto left = open_connections(runtime); left > 0) {
    spdlog::warn("{} connections did not end in time and are cut off", left);
  }
  const auto ended = runtime.stop(root, actors::ExitReason::shutdown(), kStopTime);
  spdlog::info("stopped: {}", ended ? ended->to_string() : ended.error().message());
  parts.endpoint->clear();
}

void announce(const Config& config, const Parts& parts) {
  spdlog::info("coppice {} listens on port {}", config.version, parts.endpoint->port());
  spdlog::info("database {}, admin socket {}", config.database_path, config.admin_socket);
}

}  // namespace

int serve(const Config& config) {
  const EndSignals signals;
  raise_descriptor_limit();
  set_up_logging(config);
  actors::Runtime runtime({.shards = config.shards});
  actors::Watchdog watchdog(runtime);
  auto parts = make_parts(runtime, config);
  if (!parts) {
    spdlog::error("can't start: {}", parts.error().message());
    return 1;
  }
  const auto root = actors::spawn<supervisor::Supervisor>(runtime, {.place = runtime.root()},
                                                          tree(config, *parts));
  if (!root) {
    spdlog::error("can't start: {}", root.error().context);
    return 1;
  }
  runtime.root()->running(root->pid(), runtime.now());
  // The main thread waits for a signal, so whoever else wants the server to end sends one.
  parts->control->on_stop_server([] { kill(getpid(), SIGTERM); });
  std::atomic<bool> gave_up{false};
  const auto watch_root = runtime.events().attach(
      [root = root->pid(), &gave_up](const actors::Event& event) {
        if (event.pid != root || gave_up.exchange(true)) return;
        kill(getpid(), SIGTERM);
      },
      {actors::EventKind::actor_exit});
  announce(config, *parts);
  const int signal = signals.wait();
  if (gave_up) {
    spdlog::critical("the tree has ended: too many crashes; the log has their reasons");
    return 1;
  }
  spdlog::info("{}: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  shut_down(runtime, *parts, root->pid());
  return 0;
}

}  // namespace coppice::app
