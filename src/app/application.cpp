#include "app/application.hpp"

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>
#include <optional>
#include <string>
#include <sys/resource.h>
#include <thread>
#include <tuple>
#include <unistd.h>

#include <spdlog/spdlog.h>

#include "actors/pubsub/pubsub.hpp"
#include "actors/watchdog.hpp"
#include "app/accounts/account_commands.hpp"
#include "app/accounts/account_mail.hpp"
#include "app/accounts/accounts.hpp"
#include "app/accounts/server_command.hpp"
#include "app/admin/admin_actor.hpp"
#include "app/backup/backup_child.hpp"
#include "app/backup/restore_server.hpp"
#include "app/changes/source.hpp"
#include "app/content/content_commands.hpp"
#include "app/content/resource/write_record.hpp"
#include "app/content/resources.hpp"
#include "app/database_folder.hpp"
#include "app/http/certificate.hpp"
#include "app/http/endpoint.hpp"
#include "app/http/notes.hpp"
#include "app/http/routes.hpp"
#include "app/jobs/folder_watcher.hpp"
#include "app/jobs/image_converter.hpp"
#include "app/jobs/importer.hpp"
#include "app/jobs/sweeper.hpp"
#include "app/logging.hpp"
#include "app/mail/mailer.hpp"
#include "app/metrics/process_metrics.hpp"
#include "app/metrics/refusal_metrics.hpp"
#include "app/metrics/request_metrics.hpp"
#include "app/reindex.hpp"
#include "app/rooms/socket_endpoint.hpp"
#include "app/stop_limit.hpp"
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

// From the signal to the end of the process go at the most the 5 s that Fly.io grants. The first
// two add up to less than the limit, which is there for threads that can't be stopped.
constexpr auto kDrainTime = std::chrono::milliseconds(2250);
constexpr auto kStopTime = std::chrono::milliseconds(1500);
constexpr auto kStopLimit = std::chrono::milliseconds(4250);
constexpr auto kDrainSpread = std::chrono::milliseconds(1000);
constexpr std::uint32_t kMostImagesWaiting = 4;  // each with its file in memory
constexpr auto kPoll = std::chrono::milliseconds(5);

/// Everything that the actors share. Outlives them, and dies before the runtime.
struct Parts {
  std::shared_ptr<http::ApiContext> api;
  http::AccountContextPtr accounts;
  rooms::Realtime realtime;
  std::shared_ptr<net::server::HttpEndpoint> endpoint;
  std::shared_ptr<net::channels::LongPolls> polls;
  std::shared_ptr<admin::Control> control;
};

actors::Result<db::Database> open_database(const Config& config) {
  if (auto made = make_database_folder(config.database_path); !made) {
    return std::unexpected(made.error());
  }
  auto commands = std::make_shared<db::CommandRegistry>();
  content::add_content_commands(*commands);
  content::add_resource_commands(*commands, content::content_catalogue());
  accounts::add_account_commands(*commands);
  mail::add_mail_commands(*commands);
  rooms::add_message_commands(*commands);
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
           config.allow_newer_schema ? db::NewerSchema::allowed : db::NewerSchema::refused});
}

net::server::HttpOptions http_options(const Config& config,
                                      std::shared_ptr<const net::http::Router> router) {
  net::server::HttpOptions options;
  options.listen = {.address = config.listen_address, .port = config.port};
  options.router = std::move(router);
  options.limits = config.http.limits;
  options.timeouts = config.http.timeouts;
  options.max_connections = config.http.max_connections;
  options.max_connections_per_address = config.http.max_connections_per_address;
  options.on_accept_error = [](const boost::system::error_code& error, std::uint64_t count) {
    spdlog::warn(
        "can't accept clients: {} ({} times); without a descriptor they are told 503, see "
        "the limit of open files (ulimit -n)",
        error.message(), count);
  };
  options.on_exception = [](const net::http::Request& request, std::exception_ptr failure) {
    const auto reason = actors::reason_of(failure);
    spdlog::error("{} {} failed: {}", to_string(request.method), request.path, reason.to_string());
  };
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
                                        const rooms::Realtime& realtime) {
  // "*" trusts nobody with other people's sessions.
  const http::SameSitePolicy same_site(config.host,
                                       config.cors_origins.value_or(std::vector<std::string>()));
  return std::make_shared<const http::AccountContext>(
      make_accounts(config, database, realtime), config.accounts.session, same_site,
      std::make_shared<mail::Mailer::Slot>("the mailer"));
}

actors::Result<Parts> make_parts(actors::Runtime& runtime, const Config& config) {
  auto database = open_database(config);
  if (!database) return std::unexpected(database.error());
  auto api = std::make_shared<http::ApiContext>(*database, config.version, config.region);
  api->host = config.host;
  api->posts_url = config.posts_url;
  const bool drills = config.environment == Environment::development;
  auto realtime = rooms::make_realtime(runtime, drills);
  api->hub = realtime.hub;
  realtime.changes =
      std::make_shared<const changes::Source>(*database, api->catalogue, realtime.hub);
  if (config.room_history) {
    realtime.history =
        std::make_shared<const rooms::History>(*database, realtime.hub, *config.room_history);
  }
  auto accounts = account_context(config, *database, realtime);
  auto sockets =
      rooms::socket_endpoint(runtime, realtime, accounts->accounts, config, kDrainSpread);
  if (!sockets) return std::unexpected(sockets.error());
  auto plugs = http::endpoint_plugs(config);
  if (!plugs) return std::unexpected(plugs.error());
  auto exposition = std::make_shared<metrics::Exposition>();
  auto router = std::make_shared<const net::http::Router>(
      http::routes({.api = api,
                    .accounts = accounts,
                    .sign_in = http::sign_in_context(accounts, config.accounts.sign_in),
                    .websocket = std::move(sockets->websocket),
                    .polls = sockets->polls,
                    .metrics = exposition,
                    .metrics_token = config.http.metrics_token}),
      std::move(*plugs));
  auto requests = std::make_shared<metrics::RequestMetrics>(router->routes());
  auto refusals = std::make_shared<metrics::RefusalMetrics>();
  exposition->add(requests);
  exposition->add(refusals);
  exposition->add(std::make_shared<metrics::ProcessMetrics>(config.version));
  auto options = http_options(config, std::move(router));
  options.on_answered = http::note_answers(config.http.access_log, std::move(requests));
  options.on_turned_away = http::note_refusals(std::move(refusals));
  if (auto loaded = http::use_certificate(config.http, options); !loaded) {
    return std::unexpected(std::move(loaded.error()));
  }
  auto endpoint = std::make_shared<net::server::HttpEndpoint>(runtime, std::move(options));
  auto control = std::make_shared<admin::Control>(runtime, drills);
  control->on_metrics([exposition] { return exposition->text(); });
  return Parts{std::move(api),      std::move(accounts),       std::move(realtime),
               std::move(endpoint), std::move(sockets->polls), std::move(control)};
}

ChildSpec on_own_thread(ChildSpec spec) {
  spec.options.placement = actors::Placement::own_thread();
  return spec;
}

ChildSpec mailer(const Config& config, const Parts& parts) {
  const auto& mail = config.accounts.mail;
  const accounts::AccountMailSettings settings{
      .from = mail.from, .site = mail.site, .reset_url = mail.reset_url};
  mail::MailerParts work{
      .database = parts.api->database,
      .write =
          [accounts = parts.accounts->accounts, settings](std::string kind, std::string recipient) {
            return accounts::write_account_mail(accounts, settings, std::move(kind),
                                                std::move(recipient));
          },
      .transport = make_transport(mail),
      .clock = parts.accounts->accounts.options().clock};
  return worker<mail::Mailer>("mailer", std::move(work), parts.accounts->mailer);
}

ChildSpec jobs(const Config& config, const Parts& parts) {
  SupervisorSpec spec{.flags = {.intensity = {.intensity = 10}},
                      .children = {mailer(config, parts)}};
  if (!config.content_path.empty()) {
    auto slot = std::make_shared<jobs::Importer::Slot>("the importer");
    auto importer = on_own_thread(worker<jobs::Importer>(
        "importer", config.content_path, parts.api->database, slot, parts.api->follower));
    importer.backoff = Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
    spec.children.push_back(std::move(importer));
    auto watcher = worker<jobs::FolderWatcher>("watcher", config.content_path, std::move(slot));
    watcher.backoff = Backoff{.min = std::chrono::seconds(1), .max = std::chrono::minutes(1)};
    spec.children.push_back(std::move(watcher));
  }
  auto follower = worker<changes::Follower>(
      "changes", parts.api->database, parts.api->catalogue, parts.realtime.hub,
      std::make_shared<changes::Follower::Progress>(), parts.api->follower);
  follower.options.mailbox = {.capacity = 4};  // one look that is to come is enough
  spec.children.push_back(std::move(follower));
  spec.children.push_back(worker<jobs::Sweeper>("sweeper", parts.accounts->accounts));
  auto converter = on_own_thread(worker<jobs::ImageConverter>("images", parts.api->images));
  converter.options.mailbox = {.capacity = kMostImagesWaiting};
  spec.children.push_back(std::move(converter));
  if (const auto& [backups, schedule] = config.backup; !backups.folder.empty() && schedule) {
    spec.children.push_back(backup::backup_child(backups, *schedule, config.database_path));
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
  auto http = net::server::http_child(parts.endpoint, {parts.polls->child("/http")});
  SupervisorSpec spec{
      .flags = {.strategy = Strategy::one_for_one, .intensity = {.intensity = 10}},
      .children = {std::move(telemetry), db::database_spec(parts.api->database),
                   parts.accounts->accounts.child(),
                   worker<actors::pubsub::PubSub>("pubsub", parts.realtime.hub),
                   rooms::presence_child(parts.realtime),
                   worker<rooms::ChannelStatus>("channels", parts.realtime.counters)}};
  const auto& history = parts.realtime.history;
  if (history) spec.children.push_back(worker<rooms::Historian>("historian", history));
  spec.children.push_back(jobs(config, parts));
  spec.children.push_back(std::move(http));
  spec.children.push_back(std::move(admin));
  return spec;
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
    // The first process of a container inherits orphans; so they leave no zombies.
    std::signal(SIGCHLD, SIG_IGN);
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

/// What a failed start says about the actor where it failed: each supervisor above it reports as
/// well, after it.
class StartErrors {
 public:
  explicit StartErrors(actors::EventBus& events)
      : subscription_(
            events.attach([seen = seen_](const actors::Event& event) { seen->add(event); },
                          {actors::EventKind::sup_start_error})) {}

  /// "/http/listener-0: the port is taken"; @p otherwise if no actor was to blame.
  [[nodiscard]] std::string innermost(const std::string& otherwise) const {
    const std::lock_guard lock(seen_->mutex);
    return seen_->path.empty() ? otherwise : seen_->path + ": " + seen_->reason;
  }

 private:
  // Shared, since the bus may still be calling the handler when it has been detached.
  struct Seen {
    void add(const actors::Event& event) {
      const std::lock_guard lock(mutex);
      if (path.starts_with(std::string(event.path) + "/")) return;
      const std::string_view text = event.reason != nullptr ? event.reason->text() : "";
      path = event.path;
      reason = text.empty() ? event.detail : text;
    }
    std::mutex mutex;
    std::string path;
    std::string reason;
  };
  const std::shared_ptr<Seen> seen_ = std::make_shared<Seen>();
  actors::EventBus::Subscription subscription_;
};

/// The tree, and what it leaves on the shards. However serve() ends, this ends first: what the
/// actors share outlives them, and the runtime outlives both.
class Service {
 public:
  Service(actors::Runtime& runtime, const Parts& parts, StopLimit& limit)
      : runtime_(runtime), parts_(parts), limit_(limit) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service() { end(kFailure); }

  /// Errors: start_failed; the context says which actor and why.
  [[nodiscard]] actors::Result<void> start(const Config& config);

  /// Whether the tree has ended by itself, since the root gave up.
  [[nodiscard]] bool gave_up() const noexcept { return *gave_up_; }

  /// Stops intake, lets what runs finish, then ends the tree in reverse order.
  void shut_down();

 private:
  static constexpr int kFailure = 1;

  void watch_root();
  void drain();
  void end(int exit_code);
  [[nodiscard]] std::size_t open_connections() const;
  [[nodiscard]] bool actors_are_left() const;

  actors::Runtime& runtime_;
  const Parts& parts_;
  StopLimit& limit_;
  actors::Pid root_;
  bool ended_ = false;
  const std::shared_ptr<std::atomic<bool>> gave_up_ = std::make_shared<std::atomic<bool>>(false);
  actors::EventBus::Subscription root_watch_;
};

actors::Result<void> Service::start(const Config& config) {
  const StartErrors errors(runtime_.events());
  const auto root = actors::spawn<supervisor::Supervisor>(runtime_, {.place = runtime_.root()},
                                                          tree(config, parts_));
  if (!root) {
    return actors::fail(actors::Errc::start_failed, errors.innermost(root.error().context));
  }
  root_ = root->pid();
  runtime_.root()->running(root_, runtime_.now());
  watch_root();
  return {};
}

// The main thread waits for a signal, so whoever else wants the server to end sends one.
void Service::watch_root() {
  const auto has_ended = [gave_up = gave_up_] {
    if (!gave_up->exchange(true)) kill(getpid(), SIGTERM);
  };
  root_watch_ = runtime_.events().attach(
      [root = root_, has_ended](const actors::Event& event) {
        if (event.pid == root) has_ended();
      },
      {actors::EventKind::actor_exit});
  if (!runtime_.stats(root_)) has_ended();
}

void Service::shut_down() {
  root_watch_.reset();
  limit_.arm(runtime_, kStopLimit, 0);
  drain();
  const auto ended = runtime_.stop(root_, actors::ExitReason::shutdown(), kStopTime);
  end(0);
  spdlog::info("stopped: {}", ended ? ended->to_string() : ended.error().message());
}

void Service::drain() {
  parts_.api->draining = true;
  parts_.polls->drain();
  parts_.endpoint->drain();
  const auto deadline = runtime_.now() + kDrainTime;
  while (open_connections() > 0 && runtime_.now() < deadline) std::this_thread::sleep_for(kPoll);
  if (const auto left = open_connections(); left > 0) {
    spdlog::warn("{} connections did not end in time and are cut off", left);
  }
}

/// Ends what is left of the tree, within the limit.
void Service::end(int exit_code) {
  if (std::exchange(ended_, true)) return;
  root_watch_.reset();
  limit_.arm(runtime_, kStopLimit, exit_code);
  if (root_) std::ignore = runtime_.stop(root_, actors::ExitReason::shutdown(), kStopTime);
  while (actors_are_left()) std::this_thread::sleep_for(kPoll);
  parts_.endpoint->clear();
  limit_.runtime_ends();
}

/// Those that live, whatever their supervisor has noticed of the others.
std::size_t Service::open_connections() const {
  const auto connections = runtime_.root()->find("/http/connections");
  if (!connections) return 0;
  const auto children = connections->children();
  return static_cast<std::size_t>(
      std::ranges::count_if(children, [](const auto& child) { return bool{child->pid()}; }));
}

bool Service::actors_are_left() const {
  return std::ranges::any_of(runtime_.all_stats(), [](const actors::ActorStats& actor) {
    return actor.state != actors::ActorState::zombie;
  });
}

void announce(const Config& config, const Parts& parts) {
  const auto& certificates = parts.endpoint->options().certificates;
  spdlog::info("coppice {} listens on port {}", config.version, parts.endpoint->port());
  if (certificates) spdlog::info("clients speak TLS; certificate {}", certificates->describe());
  spdlog::info("database {}, admin socket {}", config.database_path, config.admin_socket);
}

}  // namespace

int serve(const Config& config) {
  const EndSignals signals;
  raise_descriptor_limit();
  set_up_logging(config);
  StopLimit limit;  // before all that may hang while it ends
  actors::Runtime runtime({.shards = config.shards, .spin = config.spin});
  actors::Watchdog watchdog(runtime);
  auto parts = make_parts(runtime, config);
  if (!parts) {
    spdlog::error("can't start: {}", parts.error().message());
    return 1;
  }
  Service service(runtime, *parts, limit);
  if (const auto started = service.start(config); !started) {
    spdlog::error("can't start {}", started.error().context);
    return 1;
  }
  parts->control->on_stop_server([] {
    spdlog::info("an operator ends the server");
    kill(getpid(), SIGTERM);
  });
  parts->control->on_restore_backup(
      [api = parts->api, backups = backup::Backups(config.backup.backups)](
          const std::string& which, const std::string& expected) {
        auto restored = backup::restore_server(api->database, backups, which, expected);
        changes::poke(*api->follower);  // those who follow changes begin anew
        return restored;
      });
  parts->control->on_run_command([&runtime, accounts = parts->accounts->accounts](
                                     const db::Command& command, const std::string& expected) {
    return accounts::run_on_server(runtime, accounts, command, expected);
  });
  parts->control->on_reindex(
      [&runtime, database = parts->api->database](const std::string& expected) {
        return reindex_server(runtime, database, expected);
      });
  announce(config, *parts);
  const int signal = signals.wait();
  if (service.gave_up()) {
    spdlog::critical("the tree has ended: too many crashes; the log has their reasons");
    return 1;
  }
  spdlog::info("{}: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  service.shut_down();
  return 0;
}

}  // namespace coppice::app
