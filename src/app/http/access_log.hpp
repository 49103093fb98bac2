#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "app/http/access_log_options.hpp"
#include "net/http/session.hpp"

namespace coppice::app::http {

/// A line for each request: method, path, status, bytes, duration, request id, client.
///
/// Lines are made where the request was answered and written by a thread of its own, many at once;
/// a shard never waits for whoever reads the log. What doesn't fit is counted and left out.
///
/// Thread: any.
class AccessLog {
 public:
  using Write = std::function<void(const std::string& lines)>;

  /// @param write  Called from the log's own thread; standard error, if there is none.
  explicit AccessLog(AccessLogOptions options, Write write = {});
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;
  /// Writes what is left.
  ~AccessLog();

  void add(const net::http::Request& request, const net::http::Outcome& outcome);

 private:
  [[nodiscard]] bool wants(const net::http::Outcome& outcome) noexcept;
  void keep(const std::string& line);
  void run(const std::stop_token& stop);
  void write_all();

  const AccessLogOptions options_;
  const Write write_;
  std::atomic<std::uint64_t> well_{0};  // requests that went well
  std::mutex mutex_;                    // guards what follows
  std::condition_variable_any filled_;
  std::string lines_;
  std::uint64_t left_out_ = 0;
  std::jthread writer_;  // the last: it uses all the others
};

/// A request's path and query for a log, in printable ASCII, without the values of parameters that
/// hold secrets: whose names contain `token`, `password`, `secret` or `signature`, or are `code`,
/// `key` or `api_key`.
[[nodiscard]] std::string loggable_target(std::string_view target);

}  // namespace coppice::app::http
