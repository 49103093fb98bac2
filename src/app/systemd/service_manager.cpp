#include "app/systemd/service_manager.hpp"

#include <algorithm>
#include <charconv>
#include <unistd.h>
#include <utility>

#include <spdlog/spdlog.h>

namespace coppice::app::systemd {
namespace {

constexpr auto kLook = std::chrono::milliseconds(100);
constexpr auto kLookWhenReady = std::chrono::seconds(1);
constexpr auto kShortestPeriod = std::chrono::milliseconds(1);

std::optional<std::int64_t> number_of(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const char* const end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, value);
  return error == std::errc() && stop == end ? std::optional(value) : std::nullopt;
}

std::optional<NotifySocket> open_socket(const std::string& address) {
  if (address.empty()) return std::nullopt;
  auto socket = NotifySocket::open(address);
  if (socket) return std::move(*socket);
  SPDLOG_WARN("the service manager is told nothing: {}", socket.error().context);
  return std::nullopt;
}

/// Half of what it grants, so that one that comes late is still in time.
std::chrono::microseconds period_of(const ManagerSettings& settings) {
  if (settings.watchdog.count() == 0) return settings.watchdog;
  return std::max<std::chrono::microseconds>(settings.watchdog / 2, kShortestPeriod);
}

std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  return text;
}

}  // namespace

ManagerSettings manager_settings(const Lookup& lookup) {
  ManagerSettings settings{.socket = lookup("NOTIFY_SOCKET").value_or("")};
  const auto whom = number_of(lookup("WATCHDOG_PID"));
  const auto limit = number_of(lookup("WATCHDOG_USEC"));
  const bool is_ours = !whom || *whom == getpid();
  if (is_ours && limit && *limit > 0) settings.watchdog = std::chrono::microseconds(*limit);
  return settings;
}

ServiceManager::ServiceManager(actors::Runtime& runtime, const db::Readiness& readiness,
                               const ManagerSettings& settings)
    : readiness_(readiness),
      socket_(open_socket(settings.socket)),
      period_(period_of(settings)),
      probe_(runtime) {}

ServiceManager::~ServiceManager() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void ServiceManager::started(std::string status) {
  if (!socket_) return;
  well_ = std::move(status);
  thread_ = std::thread([this] { run(); });
}

void ServiceManager::stopping() {
  if (!socket_) return;
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  tell("STOPPING=1\nSTATUS=stopping");
}

void ServiceManager::run() {
  next_beat_ = Clock::now();
  probe_.ask();
  std::unique_lock lock(mutex_);
  do {
    look();
    const std::chrono::microseconds pause = is_ready_ ? kLookWhenReady : kLook;
    const auto next = period_.count() > 0 ? std::min(pause, period_) : pause;
    stopped_.wait_for(lock, next, [this] { return ending_; });
  } while (!ending_);
}

void ServiceManager::look() {
  if (!stopping_) tell_readiness();
  if (period_.count() > 0) beat(Clock::now());
}

void ServiceManager::tell_readiness() {
  const auto report = readiness_.report();
  const auto status = report.reason.empty() ? well_ : "not ready: " + first_line(report.reason);
  std::string lines;
  if (!is_ready_ && report.state != db::Readiness::State::starting) {
    is_ready_ = true;
    lines = "READY=1\n";
  }
  if (status == std::exchange(last_status_, status) && lines.empty()) return;
  tell(lines + "STATUS=" + status);
}

void ServiceManager::beat(Clock::time_point now) {
  if (now < next_beat_ || !probe_.answered()) return;
  tell("WATCHDOG=1");
  next_beat_ = now + period_;
  probe_.ask();
}

void ServiceManager::tell(const std::string& lines) {
  const auto told = socket_->tell(lines);
  if (!told && !std::exchange(failed_, true)) SPDLOG_WARN("{}", told.error().context);
}

}  // namespace coppice::app::systemd
