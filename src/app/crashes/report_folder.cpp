#include "app/crashes/report_folder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/crashes/signal_report.hpp"

namespace coppice::app::crashes {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostReports = 100;
constexpr std::size_t kMostReportBytes = std::size_t{64} * 1024;

/// An open file, closed at its end.
class OpenFile {
 public:
  explicit OpenFile(const fs::path& file)
      : descriptor_(open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (descriptor_ >= 0) close(descriptor_);
  }

  /// Somebody who may write to the folder could make a link to what we alone may read.
  [[nodiscard]] bool is_ours() const {
    struct stat status{};
    return fstat(descriptor_, &status) == 0 && S_ISREG(status.st_mode) &&
           status.st_uid == geteuid();
  }

  [[nodiscard]] std::string read_at_most(std::size_t most) const {
    std::string text(most, '\0');
    std::size_t size = 0;
    while (size < most) {
      const ssize_t got = read(descriptor_, text.data() + size, most - size);
      if (got <= 0) break;
      size += static_cast<std::size_t>(got);
    }
    text.resize(size);
    return text;
  }

 private:
  const int descriptor_;
};

/// One that its writer could not finish may not say whose it is.
actors::Result<SignalReport> read_report(const fs::path& path) {
  const OpenFile file(path);
  if (!file.is_ours()) return actors::fail(actors::Errc::forbidden, "no file of ours");
  auto report = parse_signal_report(file.read_at_most(kMostReportBytes));
  if (report && report->database.empty()) {
    return actors::fail(actors::Errc::malformed, "it doesn't say of which database it is");
  }
  return report;
}

/// Whether nobody else may put files there, or take them away.
actors::Result<void> check_folder(const fs::path& folder) {
  struct stat status{};
  // Without a slash at its end, which would follow a link.
  const auto plain = folder.has_filename() ? folder : folder.parent_path();
  if (lstat(plain.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    return actors::fail(actors::Errc::io_error, "it is no folder");
  }
  if (status.st_uid != geteuid() && status.st_uid != 0) {
    return actors::fail(actors::Errc::forbidden, "the folder belongs to somebody else");
  }
  return {};
}

UnreadReport unread_at(const fs::path& file, const std::string& why) {
  SPDLOG_WARN("{} is no report of a crash: {}", file.string(), why);
  return {.file = clean_text(file.string(), kMostNameBytes, Lines::one), .why = why};
}

actors::Result<std::vector<fs::path>> report_files(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code unreadable;
  for (fs::directory_iterator entry(folder, unreadable), end; !unreadable && entry != end;
       entry.increment(unreadable)) {
    if (entry->path().extension() == ".crash") files.push_back(entry->path());
  }
  if (unreadable) return actors::fail(actors::Errc::io_error, unreadable.message());
  return files;
}

}  // namespace

actors::Result<void> make_report_folder(const fs::path& folder) {
  std::error_code failed;
  const bool is_new = fs::create_directories(folder, failed);
  if (failed) return actors::fail(actors::Errc::io_error, failed.message());
  if (is_new) fs::permissions(folder, fs::perms::owner_all, failed);
  if (auto ours = check_folder(folder); !ours) return ours;
  if (access(folder.c_str(), W_OK | X_OK) == 0) return {};
  return actors::fail(actors::Errc::io_error, std::strerror(errno));
}

FoundReports find_reports(const fs::path& folder, const std::string& database) {
  FoundReports found;
  if (!check_folder(folder)) return found;  // said at the start, see make_report_folder()
  const auto files = report_files(folder);
  if (!files) {
    found.unread.push_back(unread_at(folder, files.error().context));
    return found;
  }
  for (const auto& file : *files) {
    if (found.ours.size() == kMostReports) break;
    const auto report = read_report(file);
    if (!report && found.unread.size() < kMostReports) {
      found.unread.push_back(unread_at(file, report.error().context));
    }
    if (report && report->database == database) found.ours.push_back({file, crash_of(*report)});
  }
  std::ranges::sort(found.ours, {}, [](const FoundReport& report) { return report.crash.at; });
  return found;
}

void remove_reports(const std::vector<fs::path>& files) {
  for (const auto& file : files) {
    std::error_code failed;
    fs::remove(file, failed);
    if (failed) SPDLOG_WARN("{} could not be removed: {}", file.string(), failed.message());
  }
}

}  // namespace coppice::app::crashes
