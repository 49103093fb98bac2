#include "app/jobs/folder_watcher.hpp"

#include <cerrno>
#include <sys/inotify.h>
#include <system_error>
#include <tuple>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "actors/use_task.hpp"

namespace coppice::app::jobs {

namespace {

constexpr auto kSettle = std::chrono::milliseconds(250);
constexpr auto kLongestWait = std::chrono::seconds(2);
constexpr auto kLookAgain = std::chrono::seconds(1);

// Finished writes, and files that come, go or are renamed; IN_ATTRIB tells of a new time alone.
constexpr std::uint32_t kChanges = IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM |
                                   IN_DELETE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF;

}  // namespace

FolderWatcher::FolderWatcher(std::string folder, std::shared_ptr<Importer::Slot> importer)
    : folder_(std::move(folder)), importer_(std::move(importer)) {}

void FolderWatcher::init() {
  const int descriptor = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
  if (descriptor < 0) {
    trouble_ =
        fmt::format("can't watch {}: inotify: {}; a restart of /jobs/importer imports",
                    folder_.string(), std::error_code(errno, std::generic_category()).message());
    SPDLOG_WARN("{}", trouble_);
    return;
  }
  events_.emplace(io(), descriptor);
  watch_folders();
  background(read_events());
}

actors::Task<void> FolderWatcher::read_events() {
  while (true) {
    const auto [error, size] =
        co_await events_->async_read_some(boost::asio::buffer(buffer_), actors::use_task);
    if (error) co_return;
    note_change();
  }
}

/// Adding a watch that is there already changes nothing, so all are added each time.
void FolderWatcher::watch_folders() {
  const int descriptor = events_->native_handle();
  watched_ = inotify_add_watch(descriptor, folder_.c_str(), kChanges | IN_ONLYDIR) >= 0;
  for (const char* name : {"posts", "projects", "assets"}) {
    std::ignore = inotify_add_watch(descriptor, (folder_ / name).c_str(), kChanges | IN_ONLYDIR);
  }
  if (!watched_) set_timer("rewatch", kLookAgain, Rewatch{});
}

void FolderWatcher::note_change() {
  if (!first_change_) first_change_ = now();
  if (now() - *first_change_ < kLongestWait) set_timer("settle", kSettle, Settled{});
}

void FolderWatcher::handle(Settled /*message*/) {
  first_change_.reset();
  watch_folders();
  const auto importer = importer_->get();
  const bool told = importer && importer->cast(Importer::Begin{});
  if (told) {
    ++imports_;
  } else {
    note_change();
  }
}

void FolderWatcher::handle(Rewatch /*message*/) {
  watch_folders();
  if (watched_) note_change();
}

std::string FolderWatcher::describe() const {
  if (!trouble_.empty()) return trouble_;
  return fmt::format("{} {}; {} imports since", watched_ ? "watching" : "waiting for",
                     folder_.string(), imports_);
}

}  // namespace coppice::app::jobs
