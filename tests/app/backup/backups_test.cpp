#include "app/backup/backups.hpp"

#include <tuple>

#include "db/backup/backup_fixture.hpp"

namespace coppice::app::backup {
namespace {

using actors::Errc;
using db::at;
using db::must;

using Names = std::vector<std::string>;

class BackupsTest : public db::BackupTest {
 protected:
  [[nodiscard]] Backups backups(Retention retention = {}) const {
    return Backups({.folder = folder(), .retention = retention});
  }

  std::string create(int second, Retention retention = {}) const {
    return must(backups(retention).create(database(), at(second), {})).file.filename().string();
  }

  [[nodiscard]] Names names() const {
    Names names;
    for (const auto& each : must(backups().list())) names.push_back(each.name);
    return names;
  }
};

TEST_F(BackupsTest, AreListedNewestFirst) {
  const auto first = create(0);
  const auto second = create(1);
  EXPECT_EQ(names(), (Names{second, first}));
  const auto listed = must(backups().list());
  EXPECT_TRUE(listed[0].manifest);
  EXPECT_TRUE(listed[0].in_folder);
  EXPECT_FALSE(listed[0].in_store);
  EXPECT_EQ(listed[0].created_at, at(1));
}

TEST_F(BackupsTest, OfAFolderThatIsNotThereAreNone) { EXPECT_EQ(names(), Names{}); }

TEST_F(BackupsTest, AreOnlyFilesOfThatName) {
  const auto made = create(0);
  directory_.write("backups/notes.txt", "");
  directory_.write("backups/coppice-.db.zst", "");
  EXPECT_EQ(names(), Names{made});
}

TEST_F(BackupsTest, ThatAreCutOffAreListedWithTheProblem) {
  const auto made = create(0);
  db::write_bytes(folder() / made, db::bytes_of(folder() / made).substr(0, 3000));
  const auto listed = must(backups().list());
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_FALSE(listed[0].manifest);
  EXPECT_NE(listed[0].problem.find("it has 3000 bytes"), std::string::npos);
}

TEST_F(BackupsTest, GoWhenThereAreTooMany) {
  create(0, {.count = 2});
  const auto second = create(1, {.count = 2});
  const auto third = create(2, {.count = 2});
  EXPECT_EQ(names(), (Names{third, second}));
}

// A port at which nobody listens.
TEST_F(BackupsTest, GoAlsoWhileTheStoreIsAway) {
  const Backups these({.folder = folder(),
                       .retention = {.count = 2},
                       .store = S3Settings{.url = "http://127.0.0.1:1",
                                           .region = "us-east-1",
                                           .bucket = "backups",
                                           .access_key_id = "key",
                                           .secret_access_key = "secret"},
                       .store_pause = std::chrono::milliseconds(0)});
  for (const int second : {0, 1, 2}) {
    const auto created = these.create(database(), at(second), {});
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error(), Errc::unavailable);
    EXPECT_NE(created.error().context.find(" was made, but not uploaded: "), std::string::npos);
  }
  const auto left = must(these.list_folder());
  ASSERT_EQ(left.size(), 2U);
  EXPECT_EQ(left[0].created_at, at(2));
  EXPECT_EQ(left[1].created_at, at(1));
  const auto figures = these.options().record->read();
  EXPECT_EQ(figures.made, 3U);
  EXPECT_EQ(figures.failed, 0U);
  EXPECT_EQ(figures.upload_failures, 3U);
  EXPECT_EQ(figures.trouble, "");
  EXPECT_NE(figures.follow_up_trouble, "");
}

TEST_F(BackupsTest, GoWithWhatFollowsOneAndNotWhileItIsMade) {
  const auto these = backups({.count = 1});
  std::ignore = must(these.make(database(), at(0), {}));
  const auto second = must(these.make(database(), at(1), {})).file.filename().string();
  EXPECT_EQ(names().size(), 2U);
  must(these.follow_up(at(1), {}));
  EXPECT_EQ(names(), Names{second});
}

TEST_F(BackupsTest, AreFoundByNameByPathAndAsTheLatestWholeOne) {
  const auto first = create(0);
  const auto second = create(1);
  EXPECT_EQ(must(backups().fetch(first)), folder() / first);
  EXPECT_EQ(must(backups().fetch("/elsewhere/backup")), "/elsewhere/backup");
  EXPECT_EQ(must(backups().fetch("latest")), folder() / second);
  db::write_bytes(folder() / second, "cut off");
  EXPECT_EQ(must(backups().fetch("latest")), folder() / first);
}

TEST_F(BackupsTest, HaveANewestWholeOneOfWhichTheRecordIsTold) {
  EXPECT_FALSE(backups().newest_whole());
  create(0);
  const auto second = create(1);
  const auto third = create(2);
  db::write_bytes(folder() / third, "cut off");
  const auto these = backups();
  const auto newest = these.newest_whole();
  ASSERT_TRUE(newest);
  EXPECT_EQ(newest->name, second);
  EXPECT_EQ(these.options().record->read().last, at(1));
  EXPECT_EQ(these.options().record->read().last_bytes, newest->bytes);
}

TEST_F(BackupsTest, ThatAreNotThereAreNamedWithTheFolder) {
  const auto fetched = backups().fetch("latest");
  ASSERT_FALSE(fetched);
  EXPECT_EQ(fetched.error(), Errc::not_found);
  EXPECT_NE(fetched.error().context.find(folder().string()), std::string::npos);
}

}  // namespace
}  // namespace coppice::app::backup
