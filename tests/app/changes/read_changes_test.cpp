#include "app/changes/read_changes.hpp"

#include <numeric>
#include <set>

#include <gtest/gtest.h>

#include "app/changes/follow.hpp"
#include "app/content/content_fixture.hpp"
#include "app/content/resources.hpp"
#include "db/change_feed.hpp"
#include "db/transaction.hpp"

namespace coppice::app::changes {
namespace {

using content::Json;
using content::posts_table;
using db::must;

class ReadChangesTest : public db::MigratedDatabaseTest {
 protected:
  /// Runs statements as one commit of the writer.
  db::Position commit(const std::vector<std::string>& statements) {
    auto transaction = must(db::Transaction::begin(db_, db::Transaction::Kind::immediate));
    for (const auto& sql : statements) execute(sql);
    const auto position = must(db::advance_position(db_));
    must(transaction.commit());
    return position;
  }

  static std::string post(int id, bool draft = false) {
    const auto number = std::to_string(id);
    return "INSERT INTO posts (id, title, body, raw_body, slug, reading_time_minutes, headings, "
           "is_draft, inserted_at, updated_at) VALUES (" +
           number + ", 'Secret', 'b', 'r', 's" + number + "', 1, '[]', " + (draft ? "1" : "0") +
           ", '2026-01-01T00:00:00', '2026-01-01T00:00:00')";
  }
  static std::string tag(int id, const std::string& label) {
    return "INSERT INTO tags VALUES (" + std::to_string(id) + ", '" + label + "', '', '')";
  }
  static std::string link(int post, int tag) {
    return "INSERT INTO posts_tags VALUES (" + std::to_string(post) + ", " + std::to_string(tag) +
           ", '', '')";
  }

  static View view(bool sees_hidden, Filter filter = {}) {
    return {.table = &posts_table(), .sees_hidden = sees_hidden, .filter = std::move(filter)};
  }

  /// "insert 1, enter 2": what a viewer is told of what followed a position, with a "?" behind an
  /// event that should have a record and has none.
  std::string told(Bookmark since, const View& view, std::size_t limit = 100) {
    const content::Table* const tables[] = {view.table};
    const auto page = must(read_changes(db_, tables, since, limit));
    if (!page) return "none";
    std::string text;
    for (const auto* event : events_for(view, page->tables.front().changes)) {
      const Json json(event->payload().bytes);
      const auto name = json.has("/op") ? json.text("/op") : event->event();
      text += (text.empty() ? "" : ", ") + name + " " + json.raw("/id");
      const bool lacks = name != "delete" && name != "leave" && json.is_null("/record");
      if (lacks) text += "?";
    }
    return text;
  }

  std::string told(db::Position since, const View& view, std::size_t limit = 100) {
    return told(Bookmark{since}, view, limit);
  }

  const db::Position start_ = must(db::read_position(db_));
};

TEST_F(ReadChangesTest, TellsEachChangeOnceInTheOrderOfCommits) {
  commit({post(1), post(2)});
  commit({"UPDATE posts SET title = 'new' WHERE id = 2"});
  commit({"DELETE FROM posts WHERE id = 1"});
  EXPECT_EQ(told(start_, view(true)), "insert 1?, insert 2, update 2, delete 1");
  EXPECT_EQ(told(start_, view(false)), "insert 1?, insert 2, update 2, delete 1");
}

TEST_F(ReadChangesTest, AnEventHasTheRecordAsListsShowIt) {
  const auto at = commit({post(7), tag(1, "oak"), link(7, 1)});
  const content::Table* const tables[] = {&posts_table()};
  const auto page = must(read_changes(db_, tables, {start_}, 10)).value();
  const Json json(page.tables[0].changes[0]->event_for(view(false))->payload().bytes);
  EXPECT_EQ(json.text("/op"), "insert");
  EXPECT_EQ(json.text("/position"), db::to_string(at));
  EXPECT_EQ(json.text("/record/slug"), "s7");
  EXPECT_EQ(json.raw("/record/tags"), R"(["oak"])");
  EXPECT_FALSE(json.has("/record/body"));
}

TEST_F(ReadChangesTest, ToThePublicADraftIsNotThere) {
  commit({post(1, true)});
  commit({"UPDATE posts SET title = 'More secret'"});
  EXPECT_EQ(told(start_, view(false)), "");
  EXPECT_EQ(told(start_, view(true)), "insert 1, update 1");
  const auto before = commit({"UPDATE posts SET title = 'Draft'"});
  const auto published = commit({"UPDATE posts SET is_draft = 0"});
  EXPECT_EQ(told(before, view(false)), "insert 1");
  const auto hidden = commit({"UPDATE posts SET is_draft = 1"});
  EXPECT_EQ(told(published, view(false)), "delete 1");
  EXPECT_EQ(told(published, view(true)), "update 1");
  commit({"DELETE FROM posts"});
  EXPECT_EQ(told(hidden, view(false)), "");
  EXPECT_EQ(told(hidden, view(true)), "delete 1");
}

TEST_F(ReadChangesTest, ToThePublicATagOfDraftsIsNotThere) {
  const View visitors{.table = content::content_catalogue()->find("tags")};
  const View editors{.table = visitors.table, .sees_hidden = true};
  commit({post(1, true), post(2), tag(1, "secret"), link(1, 1)});
  commit({"UPDATE tags SET label = 'more secret'"});
  EXPECT_EQ(told(start_, visitors), "");
  EXPECT_EQ(told(start_, editors), "insert 1, update 1");
  const auto before = commit({"UPDATE posts SET title = 'Draft' WHERE id = 1"});
  const auto published = commit({"UPDATE posts SET is_draft = 0 WHERE id = 1"});
  EXPECT_EQ(told(before, visitors), "insert 1");
  const auto hidden = commit({"UPDATE posts SET is_draft = 1 WHERE id = 1"});
  EXPECT_EQ(told(published, visitors), "delete 1");
  const auto shared = commit({link(2, 1)});
  EXPECT_EQ(told(hidden, visitors), "insert 1");
  commit({"DELETE FROM posts WHERE id = 1"});
  EXPECT_EQ(told(shared, visitors), "") << "it is on a post that everybody sees";
}

TEST_F(ReadChangesTest, WhatHasBeenHiddenSinceIsNotShownInEarlierEvents) {
  commit({post(1)});
  commit({"UPDATE posts SET is_draft = 1, title = 'Draft'"});
  EXPECT_EQ(told(start_, view(false)), "insert 1?, delete 1");
  EXPECT_EQ(told(start_, view(true)), "insert 1, update 1");
}

TEST_F(ReadChangesTest, AFilterSaysWhatEntersAndLeaves) {
  const auto start = commit({post(1), post(2), tag(1, "oak"), tag(2, "elm"), link(2, 2)});
  const View oaks = view(false, {.tags = {"oak"}});
  const auto tagged = commit({link(1, 1)});
  EXPECT_EQ(told(start, oaks), "enter 1");
  const auto changed = commit({"UPDATE posts SET title = 'new'"});
  EXPECT_EQ(told(tagged, oaks), "update 1");
  const auto renamed = commit({"UPDATE tags SET label = 'ash' WHERE id = 1"});
  EXPECT_EQ(told(changed, oaks), "leave 1");
  const auto back = commit({"UPDATE tags SET label = 'oak' WHERE id = 1"});
  EXPECT_EQ(told(renamed, oaks), "enter 1");
  const auto gone = commit({"DELETE FROM tags WHERE id = 1"});
  EXPECT_EQ(told(back, oaks), "leave 1");
  const auto made = commit({post(3), tag(3, "oak"), link(3, 3)});
  EXPECT_EQ(told(gone, oaks), "insert 3");
  commit({"DELETE FROM posts"});
  EXPECT_EQ(told(made, oaks), "delete 3");
  EXPECT_EQ(told(made, view(false, {.fields = {{"slug", std::string("s2")}}})), "delete 2");
}

TEST_F(ReadChangesTest, AFieldThatChangesMovesARecordInAndOut) {
  const auto start = commit({post(1)});
  const View drafts = view(true, {.fields = {{"is_draft", std::int64_t{1}}}});
  commit({"UPDATE posts SET is_draft = 1"});
  commit({"UPDATE posts SET is_draft = 0"});
  commit({"UPDATE posts SET is_draft = 1"});
  EXPECT_EQ(told(start, drafts), "enter 1, leave 1, enter 1");
  EXPECT_EQ(told(start, view(false, {.fields = {{"is_draft", std::int64_t{1}}}})), "")
      << "the public can't ask drafts out";
}

TEST_F(ReadChangesTest, ACommitCountsByWhatItFoundAndLeft) {
  const auto start = commit({post(1), tag(1, "oak")});
  commit({"UPDATE posts SET is_draft = 1", "UPDATE posts SET is_draft = 0", post(2, true),
          "DELETE FROM posts WHERE id = 2"});
  EXPECT_EQ(told(start, view(false)), "update 1");
  EXPECT_EQ(told(start, view(true)), "update 1") << "2 was never there";
}

TEST_F(ReadChangesTest, APageKnowsWhatComesBehindIt) {
  commit({post(1)});
  commit({"UPDATE posts SET is_draft = 1"});
  commit({"UPDATE posts SET is_draft = 0"});
  EXPECT_EQ(told(start_, view(false), 1), "insert 1") << "and not as it is later";
  EXPECT_EQ(told(start_, view(false)), "insert 1, delete 1, insert 1");
}

TEST_F(ReadChangesTest, GoesOnWithinACommit) {
  const auto at = commit({post(1), post(2), post(3), tag(9, "oak")});
  EXPECT_EQ(told(Bookmark{at, 1}, view(false)), "insert 2, insert 3");
  EXPECT_EQ(told(Bookmark{at, 3}, view(false)), "");
  EXPECT_EQ(told(at, view(false)), "");
  const content::Table* const tables[] = {&posts_table()};
  const auto page = must(read_changes(db_, tables, {start_}, 10)).value();
  std::vector<Bookmark> bookmarks;
  for (const auto& change : page.tables[0].changes) bookmarks.push_back(change->at());
  EXPECT_EQ(bookmarks, (std::vector<Bookmark>{{at, 1}, {at, 2}, {at}}));
  must(db::TrimChanges{at.sequence, 100}.run(db_));
  EXPECT_EQ(told(Bookmark{at, 1}, view(false)), "none") << "the rest of the commit is gone";
}

TEST_F(ReadChangesTest, WhatWasBeforeIsTrimmedWithTheChange) {
  commit({post(1)});
  const auto changed = commit({"UPDATE posts SET title = 'new'"});
  commit({"UPDATE posts SET title = 'newer'"});
  EXPECT_EQ(number("SELECT count(*) FROM coppice_facts_before"), 2);
  must(db::TrimChanges{changed.sequence, 100}.run(db_));
  EXPECT_EQ(number("SELECT count(*) FROM coppice_facts_before"), 1);
}

TEST_F(ReadChangesTest, ARecordThatIsTooLargeIsLeftOut) {
  commit({post(1)});
  commit({"UPDATE posts SET description = printf('%.*c', 70000, 'x')"});
  EXPECT_EQ(told(start_, view(false)), "insert 1?, update 1?");
}

TEST_F(ReadChangesTest, FactsAreWhatIsDeclared) {
  for (const auto& table : content::content_catalogue()->tables()) {
    const auto& resource = table->resource();
    std::set<std::string> declared;
    if (resource.tags) declared.insert("tags");
    if (table->hides_some()) declared.emplace(table->hidden_fact());
    for (const auto& field : resource.fields) {
      if (field.filterable) declared.emplace(field.name);
    }
    const auto sql = text("SELECT sql FROM sqlite_schema WHERE name = ?",
                          "coppice_" + std::string(resource.name) + "_facts");
    for (const auto& name : declared) EXPECT_NE(sql.find("'" + name + "', "), std::string::npos);
    const auto triggers = number(
        "SELECT count(*) FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? "
        "AND sql LIKE '%coppice_facts_before%'",
        resource.name);
    EXPECT_GE(triggers, 2) << resource.name;
  }
}

// -- beginnings ----------------------------------------------------------------------------------

TEST_F(ReadChangesTest, BeginsWhereTheClientWas) {
  const auto first = commit({post(1)});
  const auto second = commit({post(2)});
  const auto beginning =
      must(read_beginning(db_, {.view = view(false), .since = Bookmark{first}, .snapshot = true}));
  EXPECT_FALSE(beginning.reset || beginning.list);
  EXPECT_EQ(beginning.at, Bookmark{second});
  EXPECT_EQ(beginning.changes.size(), 1U);
}

TEST_F(ReadChangesTest, BeginsAnewWhereThatIsNotPossible) {
  const auto at = commit({post(1), post(2, true)});
  must(db::TrimChanges{at.sequence, 100}.run(db_));
  const Wish wish{.view = view(false), .since = Bookmark{start_}, .snapshot = true};
  const auto beginning = must(read_beginning(db_, wish));
  EXPECT_TRUE(beginning.reset);
  EXPECT_EQ(beginning.at, Bookmark{at});
  const Json list(beginning.list.value());
  EXPECT_EQ(list.each("slug"), content::Strings{"s1"});
}

TEST_F(ReadChangesTest, TooMuchAtOnceIsAReset) {
  const auto at = commit({post(1), post(2), post(3)});
  commit({post(4)});
  const auto reset = [&](Wish wish) { return must(read_beginning(db_, wish)).reset; };
  const Wish some{.view = view(false), .since = Bookmark{start_}, .most = 2};
  EXPECT_TRUE(reset(some));
  Wish parts = some;
  parts.in_parts = true;
  const auto part = must(read_beginning(db_, parts));
  EXPECT_FALSE(part.reset);
  EXPECT_TRUE(part.more);
  EXPECT_EQ(part.at, Bookmark{at});
  commit({"UPDATE posts SET description = printf('%.*c', 50000, 'x')"});
  for (int n = 0; n < 3; ++n) commit({"UPDATE posts SET title = title || 'x'"});
  EXPECT_TRUE(reset({.view = view(false), .since = Bookmark{start_}})) << "by its bytes";
}

TEST_F(ReadChangesTest, PartsOfOneLargeCommitAreBoundedInBytesAndGoOnWithinIt) {
  std::vector<std::string> statements;
  for (int id = 1; id <= 30; ++id) statements.push_back(post(id));
  statements.emplace_back("UPDATE posts SET description = printf('%.*c', 50000, 'x')");
  const auto commit_of_all = commit(statements);
  Wish wish{.view = view(false), .since = Bookmark{start_}, .in_parts = true};
  std::vector<std::int64_t> ids;
  int parts = 0;
  for (bool more = true; more; ++parts) {
    const auto part = must(read_beginning(db_, wish));
    EXPECT_LE(bytes_of(part.changes), kMostBytesAtOnce + kLargestRecord);
    for (const auto& change : part.changes) ids.push_back(change->id());
    wish.since = part.at;
    more = part.more;
  }
  EXPECT_EQ(parts, 3);
  std::vector<std::int64_t> all(30);
  std::iota(all.begin(), all.end(), 1);
  EXPECT_EQ(ids, all);
  EXPECT_EQ(*wish.since, Bookmark{commit_of_all});
}

TEST_F(ReadChangesTest, ASnapshotIsTheListThatIsFollowed) {
  commit({post(1), post(2), post(3, true), tag(1, "oak"), link(2, 1), link(3, 1)});
  const auto slugs = [&](const View& view) {
    return Json(must(read_view(db_, view, {}))).each("slug");
  };
  EXPECT_EQ(slugs(view(false, {.tags = {"oak"}})), content::Strings{"s2"});
  EXPECT_EQ(slugs(view(true, {.tags = {"oak"}})), (content::Strings{"s3", "s2"}));
  EXPECT_EQ(slugs(view(true, {.fields = {{"is_draft", std::int64_t{1}}}})), content::Strings{"s3"});
  EXPECT_EQ(slugs(view(false, {.fields = {{"slug", std::string("s1")}}})), content::Strings{"s1"});
}

TEST_F(ReadChangesTest, ASnapshotHasFewerRecordsIfTheyAreLarge) {
  for (int id = 1; id <= 20; ++id) {
    commit({post(id), "UPDATE posts SET description = printf('%.*c', 50000, 'x')"});
  }
  const auto first = must(read_view(db_, view(false), {}));
  EXPECT_LE(first.size(), kMostBytesAtOnce);
  const Json page(first);
  const auto next = must(read_view(db_, view(false), page.text("/page/next")));
  EXPECT_NE(Json(next).each("slug").front(), page.each("slug").front());
  commit({"UPDATE posts SET description = printf('%.*c', 600000, 'x')"});
  EXPECT_EQ(read_view(db_, view(false), {}).error(), actors::Errc::too_large);
}

// -- following -----------------------------------------------------------------------------------

TEST_F(ReadChangesTest, WhatIsToldTwiceIsTakenOnce) {
  const auto first = commit({post(1), post(2)});
  const auto second = commit({post(3)});
  const content::Table* const tables[] = {&posts_table()};
  const auto page = must(read_changes(db_, tables, {start_}, 10)).value();
  const Batch batch(start_, second, page.tables[0].changes, false);
  Follow follow({first, 1});
  EXPECT_EQ(follow.fit(batch), Follow::Fit::joins_on);
  std::vector<std::int64_t> taken;
  for (int time = 0; time < 2; ++time) {
    for (const auto& change : batch.changes) {
      if (follow.take(*change)) taken.push_back(change->id());
    }
    follow.go_on_from({batch.through});
  }
  EXPECT_EQ(taken, (std::vector<std::int64_t>{2, 3}));
}

TEST_F(ReadChangesTest, ABatchThatDoesNotJoinOnShowsAGap) {
  const auto first = commit({post(1)});
  const auto second = commit({post(2)});
  const Follow follow({start_});
  EXPECT_EQ(follow.fit(Batch(first, second, {}, false)), Follow::Fit::gap);
  EXPECT_EQ(follow.fit(Batch(first, second, {}, true)), Follow::Fit::reset);
  EXPECT_EQ(Follow({first}).fit(Batch(first, second, {}, true)), Follow::Fit::joins_on);
}

}  // namespace
}  // namespace coppice::app::changes
