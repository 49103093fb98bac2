#pragma once

#include <filesystem>
#include <sys/stat.h>
#include <tuple>
#include <unistd.h>

namespace coppice {

/// Nobody's rights for as long as it lives, where the test runs as root, whom no permission stops:
/// in a container, mostly. Elsewhere it does nothing.
///
/// Thread: the whole process has these rights meanwhile.
class Unprivileged {
 public:
  /// @param folder  Of the test: it and what is in it become nobody's, who may do there what the
  ///                permissions allow an owner.
  explicit Unprivileged(const std::filesystem::path& folder) {
    if (::geteuid() != 0) return;
    give_away(folder);
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      give_away(entry.path());
    }
    // Without a group of root's; the effective user last, as it takes the right to change the rest.
    changed_ = ::setegid(kNobody) == 0 && ::seteuid(kNobody) == 0;
  }
  Unprivileged(const Unprivileged&) = delete;
  Unprivileged& operator=(const Unprivileged&) = delete;
  ~Unprivileged() {
    if (!changed_) return;
    std::ignore = ::seteuid(0);
    std::ignore = ::setegid(0);
  }

  /// Whether permissions are looked at now; not so where root may not become another user.
  [[nodiscard]] static bool holds() { return ::geteuid() != 0; }

 private:
  static constexpr uid_t kNobody = 65534;

  static void give_away(const std::filesystem::path& path) {
    std::ignore = ::lchown(path.c_str(), kNobody, kNobody);
  }

  bool changed_ = false;
};

}  // namespace coppice
