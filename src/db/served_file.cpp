#include "db/served_file.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <map>
#include <mutex>
#include <optional>
#include <sys/stat.h>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

struct ServedId {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const ServedId&, const ServedId&) = default;
};

struct Served {
  ServedId id;
  bool is_barred = false;
};

// The process's, as SQLite's locks are, and what it maps of a log's index.
struct ServedFiles {
  std::mutex mutex;
  std::map<std::string, Served> by_path;  // Guarded by the mutex.
};

ServedFiles& served_files() {
  static ServedFiles instance;
  return instance;
}

enum class Found : std::uint8_t { same, none, another };

Found look_at(const std::string& path, ServedId served) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    return errno == ENOENT || errno == ENOTDIR ? Found::none : Found::same;
  }
  return ServedId{status.st_dev, status.st_ino} == served ? Found::same : Found::another;
}

Result<ServedId> identify(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) == 0) return ServedId{status.st_dev, status.st_ino};
  const int error = errno;
  return fail(error == ENOENT ? Errc::not_found : Errc::io_error,
              fmt::format("{}: {}", path, std::strerror(error)));
}

void note_served(const std::string& path, Served file) {
  ServedFiles& served = served_files();
  const std::lock_guard lock(served.mutex);
  served.by_path.insert_or_assign(path, file);
}

Result<void> is_gone(const std::string& path) {
  return fail(
      Errc::unavailable,
      fmt::format("{} was moved or deleted while it is served, so what is written now would "
                  "be lost: put it back, and writes go on by themselves",
                  path));
}

Result<void> is_replaced(const std::string& path) {
  return fail(Errc::unavailable,
              fmt::format("another file has been put in the place of {} while that is served, so "
                          "what is written now would be lost: put back the one that was there, and "
                          "writes go on by themselves; or end the server, move {}-wal away, which "
                          "belongs to the former file, and start it again",
                          path, path));
}

}  // namespace

Result<ServedFile> ServedFile::note(const std::filesystem::path& database) {
  const auto id = identify(database.string());
  if (!id) return std::unexpected(id.error());
  note_served(database.string(), {.id = *id});
  return ServedFile(database.string(), id->device, id->inode);
}

ServedFile::ServedFile(std::string path, dev_t device, ino_t inode) noexcept
    : path_(std::move(path)), device_(device), inode_(inode) {}

ServedFile::ServedFile(ServedFile&& other) noexcept
    : path_(std::exchange(other.path_, {})), device_(other.device_), inode_(other.inode_) {}

ServedFile::~ServedFile() {
  if (path_.empty()) return;
  ServedFiles& served = served_files();
  const std::lock_guard lock(served.mutex);
  const auto found = served.by_path.find(path_);
  const bool is_own =
      found != served.by_path.end() && found->second.id == ServedId{device_, inode_};
  if (is_own) served.by_path.erase(found);
}

Result<void> ServedFile::check() const {
  switch (look_at(path_, {device_, inode_})) {
    case Found::same: return {};
    case Found::none: return is_gone(path_);
    case Found::another: break;
  }
  return is_replaced(path_);
}

void ServedFile::bar() { note_served(path_, {.id = {device_, inode_}, .is_barred = true}); }

void ServedFile::unbar() { note_served(path_, {.id = {device_, inode_}}); }

Result<void> ServedFile::renew() {
  const auto id = identify(path_);
  if (!id) return std::unexpected(id.error());
  device_ = id->device;
  inode_ = id->inode;
  unbar();
  return {};
}

Result<void> check_served(const std::filesystem::path& database) {
  std::optional<Served> file;
  {
    ServedFiles& served = served_files();
    const std::lock_guard lock(served.mutex);
    const auto found = served.by_path.find(database.string());
    if (found != served.by_path.end()) file = found->second;
  }
  if (!file) return {};
  if (file->is_barred) {
    return fail(Errc::unavailable, database.string() + " is being put in the place of another");
  }
  if (look_at(database.string(), file->id) != Found::another) return {};
  return is_replaced(database.string());
}

}  // namespace coppice::db
