#include "db/epochs.hpp"

#include "db/database_fixture.hpp"

namespace coppice::db {
namespace {

TEST(Epochs, HaveWhatWasWrittenInAnEarlierOneBeforeItEnded) {
  const Epochs epochs({{1, 0}, {2, 10}, {4, 15}});
  EXPECT_TRUE(epochs.have({1, 10}));
  EXPECT_FALSE(epochs.have({1, 11})) << "another history went on";
  EXPECT_TRUE(epochs.have({2, 11}));
  EXPECT_TRUE(epochs.have({2, 15}));
  EXPECT_FALSE(epochs.have({2, 10})) << "which was another epoch's";
  EXPECT_FALSE(epochs.have({2, 16}));
}

TEST(Epochs, DoNotHaveWhatAnotherHistoryDidInOneOfItsOwn) {
  const Epochs epochs({{1, 0}, {4, 15}});
  EXPECT_FALSE(epochs.have({3, 12}));
  EXPECT_FALSE(epochs.have({0, 1}));
}

TEST(Epochs, SayWhereTheHistoryLeftOne) {
  const Epochs epochs({{1, 0}, {2, 10}, {4, 15}});
  EXPECT_EQ(epochs.left_at(1), 10);
  EXPECT_EQ(epochs.left_at(3), 15) << "which was another history's";
  EXPECT_EQ(epochs.left_at(4), std::nullopt);
  EXPECT_EQ(epochs.left_at(0), std::nullopt);
}

TEST(Epochs, SayNothingOfTheLastOne) { EXPECT_FALSE(Epochs({{1, 0}}).have({1, 1})); }

class EpochsTest : public MigratedDatabaseTest {
 protected:
  [[nodiscard]] bool has(Position position) { return must(read_epochs(db_)).have(position); }
};

TEST_F(EpochsTest, AreKeptAsTheyBegin) {
  const auto first = must(advance_position(db_));
  const auto second = must(begin_epoch(db_));
  EXPECT_TRUE(has(first));
  EXPECT_FALSE(has({first.epoch, first.sequence + 1}));
  must(begin_epoch(db_));
  EXPECT_TRUE(has(first));
  EXPECT_TRUE(has(second));
}

TEST_F(EpochsTest, KnowNothingOfWhatARestoreHasReplaced) {
  const auto before = must(advance_position(db_));
  const Position replaced{before.epoch + 100, before.sequence + 1};
  execute("UPDATE coppice_position SET epoch = epoch + 100");  // as a restore begins its own after
  must(begin_epoch(db_));
  EXPECT_TRUE(has(before));
  EXPECT_FALSE(has(replaced));
}

TEST_F(EpochsTest, AreForgottenInTheEnd) {
  const auto first = must(advance_position(db_));
  for (int i = 0; i < 100; ++i) must(begin_epoch(db_));
  EXPECT_FALSE(has(first));
  EXPECT_EQ(text("SELECT count(*) FROM coppice_epochs"), "64");
}

using UnmigratedEpochsTest = DatabaseTest;

TEST_F(UnmigratedEpochsTest, AreNoneBeforeTheMigrations) {
  EXPECT_FALSE(must(read_epochs(db_)).have({1, 1}));
}

}  // namespace
}  // namespace coppice::db
