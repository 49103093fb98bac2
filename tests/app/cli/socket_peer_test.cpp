#include "app/cli/socket_peer.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "db/temporary_directory.hpp"

namespace coppice::app::cli {
namespace {

constexpr uid_t kSelf = 4711;
constexpr uid_t kStranger = 4712;

TEST(SocketPeer, TrustsRootAndWhoeverAsks) {
  EXPECT_TRUE(may_be_the_server(0, kSelf, {}));
  EXPECT_TRUE(may_be_the_server(kSelf, kSelf, {}));
}

TEST(SocketPeer, TrustsNobodyElseInAFolderThatIsAnothersOrNotThere) {
  EXPECT_FALSE(may_be_the_server(kStranger, kSelf, {}));
  EXPECT_FALSE(may_be_the_server(kStranger, kSelf, {"/tmp", "/nowhere/at/all"}));
}

TEST(SocketPeer, TrustsTheOwnerOfAPlaceOfTheServer) {
  const db::TemporaryDirectory folder;
  // Where the tests run as root the folder becomes a stranger's; elsewhere it is one to kSelf.
  const uid_t owner = geteuid() == 0 ? kStranger : geteuid();
  if (geteuid() == 0) ASSERT_EQ(chown(folder.path().c_str(), owner, static_cast<gid_t>(-1)), 0);
  EXPECT_TRUE(may_be_the_server(owner, kSelf, {"/nowhere/at/all", folder.path()}));
  EXPECT_FALSE(may_be_the_server(owner + 1, kSelf, {folder.path()}));
}

TEST(SocketPeer, LooksAtTheSocketsFolderAndWhatTheEnvironmentNames) {
  using Paths = std::vector<std::filesystem::path>;
  const auto nothing = [](std::string_view /*name*/) { return std::optional<std::string>(); };
  EXPECT_EQ(places_of_server("/run/coppice/admin.sock", nothing), Paths({"/run/coppice"}));
  EXPECT_EQ(places_of_server("admin.sock", nothing), Paths({"."}));
  const auto backups = [](std::string_view name) {
    return name == "BACKUP_PATH" ? std::optional<std::string>("/data/backups")
                                 : std::optional<std::string>("");
  };
  EXPECT_EQ(places_of_server("/tmp/admin.sock", backups), Paths({"/tmp", "/data/backups"}));
}

}  // namespace
}  // namespace coppice::app::cli
