#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "actors/runtime.hpp"
#include "app/config.hpp"
#include "app/systemd/notify_socket.hpp"
#include "app/systemd/shard_probe.hpp"
#include "db/readiness.hpp"

namespace coppice::app::systemd {

/// What the service manager has told us, in variables that are not for people to set.
struct ManagerSettings {
  std::string socket{};                   ///< NOTIFY_SOCKET; empty: nobody wants to hear.
  std::chrono::microseconds watchdog{0};  ///< WATCHDOG_USEC, if it is for us; 0 for none.
};

[[nodiscard]] ManagerSettings manager_settings(const Lookup& lookup);

/// Tells systemd that the server is ready, that it stops, how it is, and, as long as every shard
/// answers, that it lives: see docs/deploy.md. Without a manager that listens it does nothing.
///
/// The server is ready when its tree is up and the database is, or has turned out not to be: then
/// it stays to be inspected, and says what is wrong in its status.
///
/// Thread: the main one; it has a thread of its own. The runtime must outlive it.
class ServiceManager {
 public:
  ServiceManager(actors::Runtime& runtime, const db::Readiness& readiness,
                 const ManagerSettings& settings);
  ServiceManager(const ServiceManager&) = delete;
  ServiceManager& operator=(const ServiceManager&) = delete;
  ~ServiceManager();

  /// The tree is up. @param status  What to say of a server that is well: "listening on port 4000"
  void started(std::string status);
  /// The server has begun to stop; it says that it lives until this is destroyed.
  void stopping();

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void look();
  void tell_readiness();
  void beat(Clock::time_point now);
  void tell(const std::string& lines);

  // Constant after construction.
  const db::Readiness& readiness_;
  const std::optional<NotifySocket> socket_;
  const std::chrono::microseconds period_;  // between two signs of life; 0 for none

  // The thread's own.
  ShardProbe probe_;
  bool is_ready_ = false;
  std::string last_status_;
  Clock::time_point next_beat_{};
  bool failed_ = false;

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool ending_ = false;    // guarded by mutex_
  bool stopping_ = false;  // guarded by mutex_
  std::string well_;       // guarded by mutex_
  std::thread thread_;     // last, since it uses the others
};

}  // namespace coppice::app::systemd
