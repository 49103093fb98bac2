#include "app/database_folder.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

// As in a container of Docker with a volume at /data, and with one whose name has a space.
const std::string kContainer =
    "624 523 0:52 / / rw,relatime master:247 - overlay overlay rw,lowerdir=/l,upperdir=/u\n"
    "625 624 0:55 / /proc rw,nosuid - proc proc rw\n"
    "640 624 254:1 /volumes/a/_data /data rw,relatime master:1 - ext4 /dev/vda1 rw\n"
    "641 624 254:1 /volumes/b/_data /my\\040data rw,relatime - ext4 /dev/vda1 rw\n";

TEST(DatabaseFolder, GoesWithTheContainerWhereNoVolumeIsMounted) {
  EXPECT_TRUE(goes_with_container("/srv/database", kContainer));
  EXPECT_TRUE(goes_with_container("/database", kContainer)) << "which only begins like /data";
  EXPECT_TRUE(goes_with_container("/", kContainer));
}

TEST(DatabaseFolder, LastsOnAVolume) {
  EXPECT_FALSE(goes_with_container("/data", kContainer));
  EXPECT_FALSE(goes_with_container("/data/database", kContainer));
  EXPECT_FALSE(goes_with_container("/my data/database", kContainer));
}

TEST(DatabaseFolder, LastsOnAVolumeThatIsAnOverlayItself) {
  EXPECT_FALSE(goes_with_container(
      "/data", kContainer + "650 640 0:60 / /data rw - overlay overlay rw,lowerdir=/x\n"));
}

TEST(DatabaseFolder, LastsOnAMachine) {
  EXPECT_FALSE(goes_with_container("/var/lib/coppice",
                                   "22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n"));
  EXPECT_FALSE(goes_with_container("/data", "")) << "for all that is known";
}

TEST(DatabaseFolder, IsWhereTheLastOfTwoMountsIs) {
  const std::string first = "22 1 0:50 / / rw - rootfs rootfs rw\n";
  EXPECT_TRUE(
      goes_with_container("/data", first + kContainer.substr(0, kContainer.find('\n') + 1)));
}

}  // namespace
}  // namespace coppice::app
