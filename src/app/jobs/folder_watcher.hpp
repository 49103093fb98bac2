#pragma once

#include <array>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "actors/server.hpp"
#include "actors/task.hpp"
#include "app/jobs/importer.hpp"

namespace coppice::app::jobs {

/// Watches the content folder and its folders `posts`, `projects` and `assets`, and has them
/// imported once nothing has changed for 250 ms, or 2 s after the first change if there is no end
/// to them. A folder that isn't there is watched as soon as it is.
///
/// Linux tells of changes (inotify); on file systems that don't, as some mounts from a virtual
/// machine's host, and where its limits are reached, `coppice restart /jobs/importer` imports.
///
/// Thread: its shard; nothing here blocks.
class FolderWatcher final : public actors::Server<FolderWatcher> {
 public:
  FolderWatcher(std::string folder, std::shared_ptr<Importer::Slot> importer);

  void init();

  /// Nothing has changed for a while.
  struct Settled {};
  void handle(Settled message);

  /// Looks for folders that weren't there.
  struct Rewatch {};
  void handle(Rewatch message);

  [[nodiscard]] std::string describe() const override;

 private:
  [[nodiscard]] actors::Task<void> read_events();
  void watch_folders();
  void note_change();

  const std::filesystem::path folder_;
  const std::shared_ptr<Importer::Slot> importer_;
  std::optional<boost::asio::posix::stream_descriptor> events_;
  std::optional<actors::Time> first_change_;
  bool watched_ = false;
  std::string trouble_;  // why nothing is watched
  std::uint64_t imports_ = 0;
  std::array<char, 4096> buffer_{};
};

}  // namespace coppice::app::jobs
