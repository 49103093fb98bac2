#include "db/backup/scratch_folder.hpp"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "db/backup/file.hpp"

namespace coppice::db {

using actors::Result;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFolderPrefix = ".coppice-";
constexpr int kMostAttempts = 8;

/// -1 if the folder is gone or somebody works in it.
int try_lock(const fs::path& folder) noexcept {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor >= 0 && ::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  if (descriptor >= 0) ::close(descriptor);
  return -1;
}

/// A process that looks for abandoned folders may take one that is not locked yet.
bool is_there(int folder) noexcept {
  struct stat status{};
  return ::fstat(folder, &status) == 0 && status.st_nlink > 0;
}

// What can't be looked at or removed is left: it is in nobody's way.
void remove_abandoned(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    if (!entry.path().filename().string().starts_with(kFolderPrefix)) continue;
    const int lock = try_lock(entry.path());
    if (lock < 0) continue;
    fs::remove_all(entry.path(), ignored);
    ::close(lock);
  }
}

}  // namespace

Result<ScratchFolder> ScratchFolder::make(const fs::path& parent) {
  std::error_code error;
  const fs::path place = parent.empty() ? fs::path(".") : parent;
  fs::create_directories(place, error);
  if (error) return std::unexpected(file_error("make the folder", place, error.value()));
  remove_abandoned(place);
  for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
    std::string name = (place / kFolderPrefix).string() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) {
      return std::unexpected(file_error("make a folder in", place, errno));
    }
    const int lock = try_lock(name);
    if (lock >= 0 && is_there(lock)) return ScratchFolder(std::move(name), lock);
    if (lock >= 0) ::close(lock);
  }
  return std::unexpected(file_error("lock a folder in", place, EBUSY));
}

ScratchFolder::ScratchFolder(fs::path path, int lock) noexcept
    : path_(std::move(path)), lock_(lock) {}

ScratchFolder::ScratchFolder(ScratchFolder&& other) noexcept
    : path_(std::exchange(other.path_, {})), lock_(std::exchange(other.lock_, -1)) {}

ScratchFolder::~ScratchFolder() {
  if (lock_ < 0) return;
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  ::close(lock_);
}

}  // namespace coppice::db
