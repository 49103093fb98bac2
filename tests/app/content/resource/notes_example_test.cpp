// What docs/adding-a-resource.md says, done: one migration and one short file.
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/resource/field_error.hpp"
#include "app/content/resource/plan_write.hpp"
#include "app/content/resource/read_list.hpp"
#include "app/content/resource/write_record.hpp"
#include "app/content/search.hpp"
#include "app/http/content_routes.hpp"
#include "app/http/openapi.hpp"
#include "db/change_feed.hpp"

namespace coppice::app::content {

Resource notes();  // examples/notes/notes.cpp

namespace {

std::string text_of(const std::string& file) {
  std::ifstream in(COPPICE_SOURCE_DIR + std::string("/") + file);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class NotesExampleTest : public ContentTest {
 protected:
  NotesExampleTest() {
    run(text_of("examples/notes/create_notes.up.sql"));
    add_resource_commands(commands_, catalogue_);
  }

  const Table& notes_table() { return *catalogue_->find("notes"); }

  actors::Result<WrittenRecord> create(std::string_view body) {
    const auto command =
        plan_create(db_, notes_table(), must(parse_input(notes_table().resource(), body)));
    if (!command) return std::unexpected(command.error());
    const db::Command sent{std::string(CreateRecord::kName), db::to_bytes(*command), {}};
    auto reply = db::run_commands(db_, commands_, std::span(&sent, 1)).front();
    if (!reply) return std::unexpected(reply.error());
    return db::from_bytes<WrittenRecord>(reply->value);
  }

  std::shared_ptr<const Catalogue> catalogue_ =
      std::make_shared<const Catalogue>(std::vector<Resource>{notes()});
};

TEST_F(NotesExampleTest, HasEverythingThatAResourceHas) {
  const auto before = must(db::read_position(db_));
  const auto made = must(create(R"({"title":"Milk","text":"Buy oat milk","due_at":"2026-01-02"})"));
  must(create(R"({"title":"Gift","text":"A surprise","is_private":true})"));
  EXPECT_EQ(Json(made.json).text("/data/due_at"), "2026-01-02T00:00:00Z");
  EXPECT_FALSE(made.etag.empty());

  const Json list(must(read_list(db_, notes_table(), {.query = "oat"})).json);
  EXPECT_EQ(list.each("title"), Strings{"Milk"});
  EXPECT_FALSE(list.has("/data/0/text"));
  EXPECT_EQ(Json(must(read_list(db_, notes_table(), {.hidden_too = true})).json).each("title"),
            (Strings{"Milk", "Gift"}));

  const Json found(must(search(db_, *catalogue_, {.query = "milk OR surprise"})));
  EXPECT_EQ(found.each("kind"), Strings{"note"});
  EXPECT_EQ(found.text("/data/0/snippet"), "Buy oat <mark>milk</mark>");

  const auto changes = must(db::changes_since(db_, before, 10)).value().changes;
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes.front().resource, "notes");
  EXPECT_EQ(changes.front().op, "insert");
}

TEST_F(NotesExampleTest, RefusesWhatItsDeclarationForbids) {
  EXPECT_EQ(problems_json(create(R"({"title":"","due_at":"soon","colour":"red"})").error()),
            R"({"colour":["is not a field"],"due_at":["must be a time such as )"
            R"(2025-12-30T15:16:00Z"],"text":["can't be blank"],"title":["can't be blank"]})");
  must(create(R"({"title":"Milk","text":"x"})"));
  EXPECT_EQ(problems_json(create(R"({"title":"Milk","text":"y"})").error()),
            R"({"title":["has already been taken"]})");
}

TEST_F(NotesExampleTest, IsRoutedAndDescribed) {
  const auto routes = http::content_routes({}, *catalogue_, net::http::Pipeline("editors", {}));
  std::set<std::string> paths;
  for (const auto& route : routes) paths.insert(route.pattern);
  EXPECT_TRUE(paths.contains("/notes"));
  EXPECT_TRUE(paths.contains("/notes/:id"));
  const Json description(
      http::openapi_document(net::http::scope("/api", {}, routes), *catalogue_, "1"));
  EXPECT_EQ(description.text("/paths/~1api~1notes/post/summary"), "Creates a note");
  EXPECT_EQ(description.raw("/components/schemas/NoteInput/required"), R"(["title","text"])");
}

TEST_F(NotesExampleTest, CanBeUndone) {
  must(create(R"({"title":"Milk","text":"x"})"));
  run(text_of("examples/notes/create_notes.down.sql"));
  EXPECT_EQ(number("SELECT count(*) FROM sqlite_schema WHERE name LIKE '%notes%'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_row_positions WHERE resource = 'notes'"), 0);
}

TEST(NotesExample, StandsInTheDocumentationAsItIs) {
  const std::string page = text_of("docs/adding-a-resource.md");
  for (const char* file : {"notes.cpp", "create_notes.up.sql", "create_notes.down.sql"}) {
    const std::string text = text_of("examples/notes/" + std::string(file));
    ASSERT_FALSE(text.empty()) << file;
    EXPECT_NE(page.find(text), std::string::npos) << file;
  }
}

}  // namespace
}  // namespace coppice::app::content
