#include "db/command.hpp"

#include "db/database_fixture.hpp"
#include "db/example_commands.hpp"

namespace coppice::db {
namespace {

using actors::Errc;

static_assert(CommandType<AddNote>);
static_assert(!CommandType<std::string>);

class CommandTest : public DatabaseTest {
 protected:
  CommandTest() { execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text UNIQUE)"); }
  CommandRegistry commands_ = example_commands();
};

TEST_F(CommandTest, TravelsAsBytesAndBringsItsTypedReplyBack) {
  const Command command = to_command(AddNote{"hello"}, "key-1");
  EXPECT_EQ(command.name, "notes.add");
  EXPECT_EQ(command.idempotency_key, "key-1");
  const auto reply = commands_.run(db_, command);
  ASSERT_TRUE(reply);
  EXPECT_EQ(must(reply_of<AddNote>(*reply)), 1);
  EXPECT_EQ(text("SELECT text FROM notes"), "hello");
}

TEST_F(CommandTest, MayHaveNothingToTell) {
  const auto reply = commands_.run(db_, to_command(ClearNotes{}));
  ASSERT_TRUE(reply);
  EXPECT_TRUE(reply_of<ClearNotes>(*reply));
  EXPECT_EQ(reply_of<ClearNotes>("?").error(), Errc::malformed);
}

TEST_F(CommandTest, ItsErrorIsTheCallersError) {
  must(commands_.run(db_, to_command(AddNote{"twice"})));
  EXPECT_EQ(commands_.run(db_, to_command(AddNote{"twice"})).error(), Errc::conflict);
}

TEST_F(CommandTest, RefusesUnknownNamesAndBadArguments) {
  EXPECT_EQ(commands_.run(db_, {"notes.burn", "", ""}).error(), Errc::unsupported);
  EXPECT_EQ(commands_.run(db_, {"notes.add", "garbage", ""}).error(), Errc::malformed);
}

TEST_F(CommandTest, TwoCommandsOfOneNameAreABug) {
  EXPECT_THROW(commands_.add<AddNote>(), std::logic_error);
}

}  // namespace
}  // namespace coppice::db
