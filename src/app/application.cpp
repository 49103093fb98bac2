#include "app/application.hpp"

#include <chrono>
#include <csignal>
#include <ctime>
#include <string>
#include <sys/resource.h>
#include <tuple>
#include <unistd.h>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/watchdog.hpp"
#include "app/crash_keeping.hpp"
#include "app/crashes/fatal_signals.hpp"
#include "app/logging.hpp"
#include "app/parts.hpp"
#include "app/service.hpp"
#include "app/stop_limit.hpp"
#include "app/systemd/service_manager.hpp"

namespace coppice::app {
namespace {

// For other people's services, several of which may be slow at once, and for operators in a
// browser.
constexpr std::uint32_t kBlockingThreads = 12;

/// Blocks the signals that end a server, so that only wait() gets them.
class EndSignals {
 public:
  EndSignals() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGTERM);
    sigaddset(&set_, SIGINT);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    std::signal(SIGPIPE, SIG_IGN);
    // The first process of a container inherits orphans; so they leave no zombies. Elsewhere it is
    // to be known how a process of ours has ended, of which the kernel then keeps nothing.
    if (getpid() == 1) std::signal(SIGCHLD, SIG_IGN);
  }

  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }

  /// Until another one comes, or for so long.
  void wait_for(std::chrono::seconds limit) const {
    timespec time{};
    time.tv_sec = limit.count();
    std::ignore = sigtimedwait(&set_, nullptr, &time);
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

void announce(const Config& config, const Parts& parts) {
  const auto& certificates = parts.endpoint->options().certificates;
  SPDLOG_INFO("coppice {} listens on port {}", config.version, parts.endpoint->port());
  if (certificates) SPDLOG_INFO("clients speak TLS; certificate {}", certificates->describe());
  SPDLOG_INFO("database {}, admin socket {}", config.database_path, config.admin_socket);
}

int tell_that_it_gave_up() {
  SPDLOG_CRITICAL("the tree has ended: too many crashes; the log has their reasons");
  return 1;
}

/// Health checks fail already, and everybody is still served: so that load balancers send nobody to
/// a port that is closed.
void let_balancers_notice(const EndSignals& signals, Drain& drain, std::chrono::seconds delay) {
  if (delay.count() == 0 || drain.begun()) return;
  drain.announce();
  SPDLOG_INFO("health checks fail from now on; clients are taken for {} s more", delay.count());
  signals.wait_for(delay);
}

}  // namespace

int serve(const Config& config) {
  const EndSignals signals;
  raise_descriptor_limit();
  auto log = set_up_logging(config);
  catch_crashes_of_process(config, *log);
  StopLimit limit;  // before all that may hang while it ends
  actors::Runtime runtime(
      {.shards = config.shards, .spin = config.spin, .blocking = {.threads = kBlockingThreads}});
  actors::Watchdog watchdog(runtime);
  auto parts = make_parts(runtime, config, std::move(log));
  if (!parts) {
    SPDLOG_ERROR("can't start: {}", parts.error().message());
    return 1;
  }
  const auto crashes = parts->crashes.follow(runtime.events());
  systemd::ServiceManager manager(runtime, parts->api->database.readiness(),
                                  systemd::manager_settings(lookup_environment));
  Service service(runtime, *parts, limit);
  if (const auto started = service.start(config); !started) {
    SPDLOG_ERROR("can't start {}", started.error().context);
    return 1;
  }
  crashes::give_signal_stacks(runtime);
  announce(config, *parts);
  manager.started("listening on port " + std::to_string(parts->endpoint->port()));
  const int signal = signals.wait();
  if (service.gave_up()) return tell_that_it_gave_up();
  SPDLOG_INFO("{}: stopping", signal == SIGTERM ? "SIGTERM" : "SIGINT");
  let_balancers_notice(signals, *parts->drain, config.http.drain_delay);
  if (service.gave_up()) return tell_that_it_gave_up();
  manager.stopping();
  service.shut_down();
  return 0;
}

}  // namespace coppice::app
