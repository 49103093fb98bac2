#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

#include <boost/asio/thread_pool.hpp>

#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "db/command.hpp"

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
  /// Errors: conflict for the operators' own way in, as then nobody could restart it.
  [[nodiscard]] actors::Result<void> stop(const std::string& path);
  /// Errors: conflict, as of stop().
  [[nodiscard]] actors::Result<void> suspend(const std::string& path);
  [[nodiscard]] actors::Result<void> resume(const std::string& path);
  /// Errors: forbidden unless drills are allowed; noproc if nobody lives there.
  [[nodiscard]] actors::Result<void> crash(const std::string& path);

  /// Ends the server in good order. Does not wait.
  void stop_server();
  void on_stop_server(std::function<void()> action);

  /// Puts a backup (a file, a name, or "latest") in the place of the database's content, and says
  /// what it did as JSON. @p database, unless it is empty, is the file that the caller means.
  /// Errors: unsupported where there is nobody to do it, and those of whoever does.
  [[nodiscard]] actors::Result<std::string> restore_backup(const std::string& which,
                                                           const std::string& database);
  using RestoreBackup = std::function<actors::Result<std::string>(const std::string& which,
                                                                  const std::string& database)>;
  void on_restore_backup(RestoreBackup action);

  /// Has the writer run a command of the accounts (see db/command.hpp), for `coppice user` and the
  /// like, and gives the reply's bytes. @p database is the file that the caller means.
  /// Errors: forbidden for another command; conflict if this server's database is another one;
  /// unsupported where there is no writer; those of the command.
  [[nodiscard]] actors::Result<std::string> run_command(const db::Command& command,
                                                        const std::string& database);
  using RunCommand = std::function<actors::Result<std::string>(const db::Command& command,
                                                               const std::string& database)>;
  void on_run_command(RunCommand action);

  /// Makes the database's full-text indexes anew, and says which as JSON. @p database and errors:
  /// as of restore_backup().
  [[nodiscard]] actors::Result<std::string> reindex(const std::string& database);
  using Reindex = std::function<actors::Result<std::string>(const std::string& database)>;
  void on_reindex(Reindex action);

  /// The server's metrics, in Prometheus's text format. Errors: unsupported where nobody has any.
  [[nodiscard]] actors::Result<std::string> metrics();
  void on_metrics(std::function<std::string()> action);

  /// Runs @p job, which may block, on a thread for that. Jobs of one kind wait for nobody of the
  /// other: orders to supervisors can take long, and looking shows what holds them up.
  void run_look(std::function<void()> job);
  /// Errors: overloaded while kMaxOrders are under way.
  [[nodiscard]] actors::Result<void> run_order(std::function<void()> job);

  static constexpr std::size_t kMaxOrders = 4;

 private:
  [[nodiscard]] actors::Result<void> spare_ourselves(const std::string& path,
                                                     std::string_view what) const;

  actors::Runtime& runtime_;
  const bool drills_;
  std::mutex mutex_;
  std::function<void()> stop_server_;     // guarded by mutex_
  RestoreBackup restore_backup_;          // guarded by mutex_
  RunCommand run_command_;                // guarded by mutex_
  Reindex reindex_;                       // guarded by mutex_
  std::function<std::string()> metrics_;  // guarded by mutex_
  std::atomic<std::size_t> orders_under_way_{0};
  boost::asio::thread_pool look_threads_{2};
  boost::asio::thread_pool order_threads_{kMaxOrders};
};

}  // namespace coppice::app::admin
