#include "db/process_guard.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <sys/file.h>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

#include "db/litefs/position_file.hpp"

namespace coppice::db {

using actors::Errc;
using actors::Error;
using actors::fail;
using actors::Result;

namespace {

using FileId = std::pair<dev_t, ino_t>;

struct GuardedFile {
  int descriptor = -1;
  bool held = false;
};

// Descriptors in here stay open until the process ends. Closing any descriptor of a file drops all
// POSIX locks that the process has on it, and those are what SQLite relies on.
struct GuardedFiles {
  std::mutex mutex;
  std::map<FileId, GuardedFile> files;  // Guarded by the mutex.
};

GuardedFiles& guarded_files() {
  static GuardedFiles instance;
  return instance;
}

Error system_error(const std::filesystem::path& path, int error) {
  const auto code = error == ENOENT                          ? Errc::not_found
                    : error == ENOLCK || error == EOPNOTSUPP ? Errc::unsupported
                                                             : Errc::io_error;
  return {code, fmt::format("{}: {}", path.string(), std::strerror(error))};
}

Error taken(const std::filesystem::path& path) {
  return {Errc::busy, fmt::format("{} is being served already; one process at a time may do that",
                                  path.string())};
}

Error replicated(const std::filesystem::path& path) {
  return {Errc::busy,
          fmt::format("LiteFS replicates {}; only its server may write to it", path.string())};
}

}  // namespace

struct ProcessGuard::Lock {
  FileId file;
};

Result<ProcessGuard> ProcessGuard::acquire(const std::filesystem::path& database) {
  if (litefs::is_replicated(database)) return std::unexpected(replicated(database));
  // Found by stat and opened only if unknown: a second descriptor could never be closed again.
  struct stat status{};
  if (::stat(database.c_str(), &status) != 0) {
    return std::unexpected(system_error(database, errno));
  }
  auto& table = guarded_files();
  const std::lock_guard lock(table.mutex);
  const FileId id{status.st_dev, status.st_ino};
  GuardedFile& file = table.files[id];
  if (file.held) return std::unexpected(taken(database));
  if (file.descriptor < 0) file.descriptor = ::open(database.c_str(), O_RDONLY | O_CLOEXEC);
  if (file.descriptor < 0) return std::unexpected(system_error(database, errno));
  if (::flock(file.descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) return std::unexpected(taken(database));
    return std::unexpected(system_error(database, errno));
  }
  file.held = true;
  return ProcessGuard(std::make_unique<Lock>(id));
}

ProcessGuard::ProcessGuard(std::unique_ptr<Lock> lock) noexcept : lock_(std::move(lock)) {}
ProcessGuard::ProcessGuard(ProcessGuard&& other) noexcept = default;

ProcessGuard& ProcessGuard::operator=(ProcessGuard&& other) noexcept {
  const ProcessGuard released(std::move(*this));
  lock_ = std::move(other.lock_);
  return *this;
}

ProcessGuard::~ProcessGuard() {
  if (!lock_) return;
  auto& table = guarded_files();
  const std::lock_guard lock(table.mutex);
  GuardedFile& file = table.files[lock_->file];
  ::flock(file.descriptor, LOCK_UN);
  file.held = false;
}

}  // namespace coppice::db
