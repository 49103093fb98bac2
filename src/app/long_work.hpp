#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "db/progress.hpp"

namespace coppice::app {

/// The long work that a server has under way, whoever asked for it, for those who want to know how
/// far it is.
///
/// Thread: any.
class LongWork {
 public:
  using Clock = std::chrono::steady_clock;

  /// How one piece of it stands.
  struct Standing {
    std::string kind;        ///< "backup", "restore"
    std::string request_id;  ///< Of who asked for it; empty for what the server does by itself.
    std::chrono::system_clock::time_point since;
    db::Progress progress;
    Clock::duration in_all;    ///< How long it has been under way.
    Clock::duration in_phase;  ///< How long it has been in its phase.
  };

  /// One that is under way for as long as somebody holds it.
  class Piece {
   public:
    Piece(std::string kind, std::string request_id);

    void tell(const db::Progress& progress);
    [[nodiscard]] Standing read() const;

   private:
    const std::string kind_;
    const std::string request_id_;
    const std::chrono::system_clock::time_point since_ = std::chrono::system_clock::now();
    const Clock::time_point began_ = Clock::now();
    mutable std::mutex mutex_;  // guards what follows
    db::Progress progress_;
    Clock::time_point phase_began_ = began_;
  };

  /// @param request_id  See Standing.
  [[nodiscard]] std::shared_ptr<Piece> begin(std::string kind, std::string request_id = {});

  /// The eldest first.
  [[nodiscard]] std::vector<Standing> list() const;

 private:
  mutable std::mutex mutex_;               // guards what follows
  std::vector<std::weak_ptr<Piece>> all_;  // those that are over go with the next one's beginning
};

/// What tells @p piece, which is under way for as long as somebody has this.
[[nodiscard]] db::Report report_to(std::shared_ptr<LongWork::Piece> piece);

/// {"work":[{"kind":"restore","request_id":"…","since":"…","seconds":12.5,"phase":"unpacking",
/// "done":1048576,"total":4194304,"unit":"bytes","seconds_left":31}]}. What nobody knows is null.
[[nodiscard]] std::string to_json(const std::vector<LongWork::Standing>& work);

}  // namespace coppice::app
