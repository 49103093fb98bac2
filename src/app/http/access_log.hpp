#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "app/http/access_log_lane.hpp"
#include "app/http/access_log_options.hpp"
#include "app/lanes.hpp"
#include "app/log_output.hpp"
#include "net/http/session.hpp"

namespace coppice::app::http {

/// A line for each request: method, path, status, bytes, duration, client, the connection's actor,
/// request id, and the position of its commit where it has made one.
///
/// Where a request was answered, only what its line will say is put down; a thread of its own makes
/// lines of that and writes them, many at once, in the order of their times as far as they come
/// within a tenth of a second. So a shard never waits for whoever reads the log. What doesn't fit
/// is counted and left out.
///
/// Thread: any.
class AccessLog {
 public:
  /// What takes the lines. Called from the log's own thread, which may wait in it.
  struct Sink {
    /// @param patience  How long to wait for room.
    std::function<void(const std::string& lines, std::chrono::milliseconds patience)> put;
    /// So many requests have no line: there was no room for what their lines would say.
    std::function<void(std::uint64_t count)> leave_out;
    /// Counts this while it has lines to put.
    LogOutput::Holders holders = std::make_shared<std::atomic<unsigned>>(0);
  };

  AccessLog(AccessLogOptions options, Sink sink);
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// Writes what is left.
  ~AccessLog();

  /// The request's times are the steady clock's.
  void add(const net::http::Request& request, const net::http::Outcome& outcome);

 private:
  class Lines;

  [[nodiscard]] bool wants(const net::http::Outcome& outcome) noexcept;
  void wake(bool at_once);
  void run(const std::stop_token& stop);
  void write_all();
  void put(const std::string& lines) const;
  void now_empty();

  const AccessLogOptions options_;
  const Sink sink_;
  std::atomic<std::uint64_t> well_{0};  // requests that went well
  std::array<AccessLogLane, kLanes> lanes_;
  const std::unique_ptr<Lines> lines_;  // the log's thread's
  std::mutex mutex_;                    // guards what follows
  std::condition_variable_any woken_;
  bool filled_ = false;
  bool urgent_ = false;
  bool holds_ = false;
  std::atomic<bool> ends_{false};
  std::jthread writer_;  // the last: it uses all the others
};

/// A request's path and query for a log, in printable ASCII, without the values of parameters that
/// hold secrets: whose names contain `token`, `password`, `secret` or `signature`, or are `code`,
/// `key`, `api_key` or `arguments`.
[[nodiscard]] std::string loggable_target(std::string_view target);

}  // namespace coppice::app::http
