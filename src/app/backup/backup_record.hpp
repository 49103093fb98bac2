#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

namespace coppice::app::backup {

/// How this server's backups have gone, whoever asked for them; and whose turn it is, since two at
/// a time would get in each other's way.
///
/// Thread: any.
class BackupRecord {
 public:
  struct Figures {
    std::optional<std::chrono::sys_seconds> last;  ///< The newest good one.
    double last_seconds = 0;                       ///< How long it took; 0 if it is of before.
    std::uint64_t last_bytes = 0;
    std::uint64_t made = 0;             ///< Since the start, and so
    std::uint64_t failed = 0;           ///< this.
    std::string trouble;                ///< Of the last attempt, if it failed.
    std::uint64_t uploaded = 0;         ///< Backups that came into the store since the start.
    std::uint64_t upload_failures = 0;  ///< How often one did not.
    std::string follow_up_trouble;      ///< Of what followed the last one, if that failed.
  };

  /// A good one is there that this server has not made, or not since its start.
  void found(std::chrono::sys_seconds at, std::uint64_t bytes);
  void made(std::chrono::sys_seconds at, std::chrono::duration<double> took, std::uint64_t bytes);
  void failed(std::string why);
  /// Of what follows a backup: one is in the store now; some could not be brought there; old ones
  /// could not be removed; all of it was done.
  void uploaded();
  void upload_failed(std::string why);
  void removal_failed(std::string why);
  void followed_up();
  [[nodiscard]] Figures read() const;

  /// As long as it lives, nobody else has one.
  using Turn = std::unique_lock<std::timed_mutex>;
  /// Waits for it; nothing if @p stop comes first. Blocks.
  /// @param on_wait  Called, if given, when it is somebody else's turn.
  [[nodiscard]] std::optional<Turn> take_turn(const std::stop_token& stop,
                                              const std::function<void()>& on_wait = {});

 private:
  std::timed_mutex turn_;
  mutable std::mutex mutex_;  // guards what follows
  Figures figures_;
};

}  // namespace coppice::app::backup
