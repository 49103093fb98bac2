#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "actors/server.hpp"
#include "app/backup/schedule.hpp"

namespace coppice::app::backup {

/// What the job does, apart from when. The first three block and are called on a thread for that,
/// never two at a time.
struct BackupWork {
  /// When the newest good backup was made.
  std::function<std::optional<std::chrono::sys_seconds>()> newest;
  /// Makes a backup and says what it made. `report` may be told what is being done.
  std::function<actors::Result<std::string>(std::chrono::sys_seconds at,
                                            const std::stop_token& stop,
                                            const std::function<void(const std::string&)>& report)>
      back_up;
  /// What has to be done once there is a new one; if it fails, it is done again, without another
  /// backup. May be empty.
  std::function<actors::Result<void>(std::chrono::sys_seconds at, const std::stop_token& stop,
                                     const std::function<void(const std::string&)>& report)>
      follow_up{};
  std::function<std::chrono::sys_seconds()> clock;  ///< UTC. Thread: any.
  /// Whether it is for this node to make them: several may share one database. Thread: any.
  std::function<bool()> is_ours = [] { return true; };
};

/// Makes backups by a schedule. One that was missed, since no server ran at that time, is made at
/// the start; so is the first of all. One that fails is logged and tried again after longer and
/// longer pauses; so is what follows one, such as its upload, and then that alone: a store that is
/// away for long must not put backups of the last hours in the place of those of the last days.
/// The server's end, and that the backups are another node's by now, interrupts one
/// that is under way, which leaves nothing behind.
///
/// Thread: its shard; the work is done on one of the runtime's threads for what blocks.
class BackupJob final : public actors::Server<BackupJob> {
 public:
  BackupJob(Schedule schedule, BackupWork work);

  void init();

  /// Looks at the clock. Sent by the job to itself.
  struct Look {};
  void handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  /// What the work says about itself while it is under way. Thread: any.
  class Status {
   public:
    void set(std::string text);
    [[nodiscard]] std::string get() const;

   private:
    mutable std::mutex mutex_;
    std::string text_;  // guarded by the mutex
  };

  actors::Task<void> plan();
  actors::Task<void> end_run_at_the_end();
  actors::Task<void> run();
  actors::Task<actors::Result<void>> back_up(std::chrono::sys_seconds at);
  actors::Task<actors::Result<void>> follow_up(std::chrono::sys_seconds at);
  void succeeded();
  void failed(const actors::Error& error);
  void watch_run();
  void look_later();

  const Schedule schedule_;
  const BackupWork work_;
  const std::shared_ptr<Status> status_ = std::make_shared<Status>();
  std::stop_source run_;  // Of the backup under way, if one is.
  bool ended_ = false;
  std::optional<std::chrono::sys_seconds> next_;  // Nothing while something is under way.
  std::chrono::sys_seconds due_{};                // When the next backup is.
  std::chrono::seconds pause_;
  std::string last_ = "no backup since the start";
  std::string trouble_;  // Of the last attempt, if it failed.
};

}  // namespace coppice::app::backup
