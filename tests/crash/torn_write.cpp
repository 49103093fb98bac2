#include "crash/torn_write.hpp"

#include <array>
#include <atomic>
#include <charconv>
#include <csignal>
#include <string>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

namespace coppice::db {

namespace {

struct Plan {
  std::string file;
  std::atomic<long> writes_left{0};
};

Plan& plan() {
  static Plan instance;
  return instance;
}

std::string_view kind_of(std::string_view path) {
  if (path.ends_with("-wal")) return "wal";
  return path.ends_with("-journal") ? "journal" : "db";
}

bool is_planned(int descriptor) {
  std::array<char, 4096> path{};
  const auto link = fmt::format("/proc/self/fd/{}", descriptor);
  const auto length = ::readlink(link.c_str(), path.data(), path.size());
  if (length < 0) return false;
  const std::string_view target(path.data(), static_cast<std::size_t>(length));
  return kind_of(target) == plan().file && plan().writes_left.fetch_sub(1) == 1;
}

// In SQLite's place of pwrite(2).
ssize_t write_or_die(int descriptor, const void* bytes, std::size_t length, off_t offset) {
  if (!is_planned(descriptor)) return ::pwrite(descriptor, bytes, length, offset);
  (void)!::pwrite(descriptor, bytes, length / 2, offset);
  std::raise(SIGKILL);
  return -1;
}

}  // namespace

bool plan_torn_write(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto number = text.substr(colon + 1);
  long writes = 0;
  const auto [end, error] = std::from_chars(number.begin(), number.end(), writes);
  plan().file = text.substr(0, colon);
  const bool is_known = plan().file == "wal" || plan().file == "db" || plan().file == "journal";
  if (!is_known || error != std::errc() || end != number.end() || writes < 1) return false;
  plan().writes_left = writes;
  // SQLite uses one of them, as it was built.
  sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
  for (const auto* name : {"pwrite", "pwrite64"}) {
    // NOLINTNEXTLINE(*-reinterpret-cast): SQLite's interface holds all system calls as one type
    vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(&write_or_die));
  }
  return true;
}

}  // namespace coppice::db
