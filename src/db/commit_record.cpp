#include "db/commit_record.hpp"

#include <chrono>
#include <thread>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

// It has been recorded before a commit returns; a second is for a machine that is out of breath.
constexpr auto kPause = std::chrono::milliseconds(2);
constexpr int kMostLooks = 500;

}  // namespace

CommitRecord::CommitRecord(const Replication& replication) : replication_(replication) {
  if (replication_.is_replicated()) before_ = replication_.recorded();
}

Result<void> CommitRecord::can_tell() const {
  if (before_) return {};
  return fail(Errc::unavailable,
              "nothing is committed that replication may not record: " + before_.error().context);
}

bool CommitRecord::has_not_moved() const {
  if (!replication_.is_replicated() || !before_) return false;
  const auto now = replication_.recorded();
  return now && *now == *before_;
}

Result<void> CommitRecord::check() const {
  if (!replication_.is_replicated()) return {};
  if (!before_) return {};
  for (int looks = 0; looks < kMostLooks; ++looks) {
    // Whoever can't be asked has not answered: LiteFS may have ended over this very commit.
    if (const auto now = replication_.recorded(); now && *now > *before_) return {};
    std::this_thread::sleep_for(kPause);
  }
  return fail(
      Errc::io_error,
      fmt::format("replication has not recorded a commit, and will undo it: restart LiteFS, "
                  "which takes the database back to its transaction {:016x}",
                  *before_));
}

}  // namespace coppice::db
