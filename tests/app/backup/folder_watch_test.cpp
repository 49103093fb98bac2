#include "app/backup/folder_watch.hpp"

#include <tuple>
#include <utility>
#include <vector>

#include "db/backup/backup_fixture.hpp"

namespace coppice::app::backup {
namespace {

using db::at;
using std::chrono::minutes;
using std::chrono::seconds;

/// A server's folder, into which the test puts backups as another process would.
class FolderWatchTest : public db::BackupTest {
 protected:
  /// Does what was put aside, and gives how much that was.
  std::size_t look() {
    const auto looks = std::exchange(looks_, {});
    for (const auto& each : looks) each();
    return looks.size();
  }

  BackupsOptions options_{.folder = folder()};
  FolderWatch::Clock::time_point now_{};
  std::vector<FolderWatch::Look> looks_;
  FolderWatch watch_{Backups(options_),
                     [this](FolderWatch::Look look) { looks_.push_back(std::move(look)); },
                     [this] { return now_; }};
};

TEST_F(FolderWatchTest, TellsOfWhatAnotherProcessHasMade) {
  std::ignore = back_up(0);
  EXPECT_FALSE(watch_.read().last);
  EXPECT_EQ(look(), 1U);
  const auto figures = watch_.read();
  EXPECT_EQ(figures.last, at(0));
  EXPECT_GT(figures.last_bytes, 0U);
  EXPECT_EQ(figures.made, 0U);
}

TEST_F(FolderWatchTest, TellsOfANewerOneThanTheServersOwn) {
  options_.record->made(at(0), seconds(3), 11);
  std::ignore = back_up(5);
  EXPECT_EQ(watch_.read().last, at(0));
  look();
  const auto figures = watch_.read();
  EXPECT_EQ(figures.last, at(5));
  EXPECT_EQ(figures.made, 1U);
  EXPECT_EQ(figures.last_seconds, 0);
}

TEST_F(FolderWatchTest, LooksOnceAMinuteAtTheMost) {
  std::ignore = watch_.read();
  EXPECT_EQ(look(), 1U);
  now_ += seconds(59);
  std::ignore = watch_.read();
  EXPECT_EQ(look(), 0U);
  now_ += seconds(1);
  std::ignore = watch_.read();
  EXPECT_EQ(look(), 1U);
}

TEST_F(FolderWatchTest, BeginsNoSecondLookWhileOneHangs) {
  std::ignore = watch_.read();
  now_ += minutes(5);
  std::ignore = watch_.read();
  EXPECT_EQ(looks_.size(), 1U);
  looks_.clear();  // or is dropped
  std::ignore = watch_.read();
  EXPECT_EQ(looks_.size(), 1U);
}

TEST_F(FolderWatchTest, LooksAtNothingWithoutAFolder) {
  FolderWatch without(
      Backups({}), [this](FolderWatch::Look look) { looks_.push_back(std::move(look)); },
      [this] { return now_; });
  EXPECT_FALSE(without.read().last);
  EXPECT_TRUE(looks_.empty());
}

}  // namespace
}  // namespace coppice::app::backup
