#include "db/litefs/position_file.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "db/database_fixture.hpp"

namespace coppice::db::litefs {
namespace {

using actors::Errc;

class PositionFileTest : public testing::Test {
 protected:
  void write(const std::string& text) { std::ofstream(directory_ / "app.db-pos") << text; }

  TemporaryDirectory directory_;
  PositionFile file_{directory_ / "app.db"};
};

TEST(ParseTransaction, ReadsNumberAndChecksum) {
  const auto read = parse_transaction("000000000000001f/86a47ebeb4888ce0\n");
  EXPECT_EQ(must(read), (Transaction{0x1f, 0x86a47ebeb4888ce0}));
}

TEST(ParseTransaction, RefusesWhatIsNotOne) {
  for (const std::string_view text :
       {"", "1f/86\n", "000000000000001f/86a47ebeb4888ce0", "000000000000001f 86a47ebeb4888ce0\n",
        "00000000000000xf/86a47ebeb4888ce0\n", "-00000000000001f/86a47ebeb4888ce0\n",
        "000000000000001f/86a47ebeb4888ce0\n\n"}) {
    EXPECT_EQ(parse_transaction(text).error(), Errc::malformed) << text;
  }
}

TEST_F(PositionFileTest, SeesThatItHasBeenWrittenTo) {
  write("0000000000000001/0000000000000000\n");
  EXPECT_EQ(must(file_.read()).number, 1U);
  write("0000000000000002/0000000000000000\n");
  EXPECT_EQ(must(file_.read()).number, 2U);
}

TEST_F(PositionFileTest, IsUnavailableUntilItIsThere) {
  EXPECT_EQ(file_.read().error(), Errc::unavailable);
  write("0000000000000001/0000000000000000\n");
  EXPECT_EQ(must(file_.read()).number, 1U);
}

TEST_F(PositionFileTest, OpensTheFileAnewWhenTheOldOneCannotBeRead) {
  write("0000000000000001/0000000000000000\n");
  must(file_.read());
  write("");
  std::filesystem::rename(directory_ / "app.db-pos", directory_ / "old");
  write("0000000000000003/0000000000000000\n");
  EXPECT_EQ(must(file_.read()).number, 3U);
}

TEST_F(PositionFileTest, TellsADatabaseThatIsReplicatedFromOneThatIsNot) {
  EXPECT_FALSE(is_replicated(directory_ / "app.db"));
  write("no position\n");
  EXPECT_FALSE(is_replicated(directory_ / "app.db"));
  write("0000000000000001/0000000000000000\n");
  EXPECT_TRUE(is_replicated(directory_ / "app.db"));
}

}  // namespace
}  // namespace coppice::db::litefs
