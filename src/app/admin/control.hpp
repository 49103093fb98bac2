#pragma once

#include <functional>
#include <mutex>
#include <string>

#include <boost/asio/thread_pool.hpp>

#include "actors/result.hpp"
#include "actors/runtime.hpp"

namespace coppice::app::admin {

/// What operators can do, as functions that block: the admin API calls them on a thread that may.
///
/// Paths are places in the tree: "/database/writer". Errors of all that take one: not_found, and
/// timeout when the actor or its supervisor doesn't answer.
///
/// Thread: any that is no shard's.
class Control {
 public:
  /// @param drills  Whether actors may be made to crash.
  Control(actors::Runtime& runtime, bool drills);

  /// The tree as JSON.
  [[nodiscard]] std::string tree() const;
  /// One actor as JSON. Works, with less in it, while the actor's shard is stuck.
  [[nodiscard]] actors::Result<std::string> inspect(const std::string& path) const;

  [[nodiscard]] actors::Result<void> restart(const std::string& path);
  /// Stops an actor for good: until it, or what it belongs to, is restarted.
  [[nodiscard]] actors::Result<void> stop(const std::string& path);
  [[nodiscard]] actors::Result<void> suspend(const std::string& path);
  [[nodiscard]] actors::Result<void> resume(const std::string& path);
  /// Errors: forbidden unless drills are allowed.
  [[nodiscard]] actors::Result<void> crash(const std::string& path);

  /// Ends the server in good order. Does not wait.
  void stop_server();
  void on_stop_server(std::function<void()> action);

  /// Threads on which these functions may block.
  [[nodiscard]] boost::asio::thread_pool& threads() noexcept { return threads_; }

 private:
  actors::Runtime& runtime_;
  const bool drills_;
  std::mutex mutex_;
  std::function<void()> stop_server_;  // guarded by mutex_
  boost::asio::thread_pool threads_{2};
};

}  // namespace coppice::app::admin
