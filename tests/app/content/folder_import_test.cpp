#include "app/content/folder_import.hpp"

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/date_time.hpp"
#include "app/content/resource/find_record.hpp"
#include "app/content/resources.hpp"
#include "app/content/test_images.hpp"

namespace coppice::app::content {
namespace {

using actors::Errc;

constexpr std::string_view kHello = "---\ntitle: Hello\nslug: hello\ntags: [a]\n---\nText\n";

class FolderImportTest : public ContentTest {
 protected:
  FolderImportTest() {
    for (const char* folder : {"posts", "projects", "assets"}) {
      std::filesystem::create_directories(root_.path() / folder);
    }
  }

  void write_file(std::string_view name, std::string_view text) { root_.write(name, text); }
  ImportReport import_all(ImportOptions options = {}) { return import(root_.path(), options); }

  db::TemporaryDirectory root_;
};

TEST_F(FolderImportTest, ImportsPostsProjectsAndImages) {
  write_file("posts/hello.md",
             "---\ntitle: Hello\nslug: hello\npublished_at: 2025-12-30 15:16:00Z\ntags: [b, a, b]\n"
             "description: Some *text*\npermalinks: [hi]\n---\n\n"
             "One\n\n## Two\n\n![A tree](../assets/tree.bmp)\n");
  write_file("projects/all.yaml",
             "projects:\n  - {name: P, url: u, description: d, tags: [a]}\n"
             "  - {name: Q, url: u, description: d}\n");
  write_file("assets/tree.bmp", bmp_file(plain(6, 4, {0, 128, 0, 255})));
  const ImportReport report = import_all();
  EXPECT_EQ(report.summary(), "4 created, 0 updated, 0 unchanged, 0 skipped");

  const Json json(must(show_record(db_, posts_table(), "hello", false)).value().json);
  EXPECT_EQ(json.text("/data/published_at"), "2025-12-30T15:16:00Z");
  EXPECT_EQ(json.text("/data/description"), "<p>Some <em>text</em></p>\n");
  EXPECT_EQ(json.text("/data/excerpt"), "<p>One</p>\n");
  EXPECT_EQ(json.raw("/data/tags"), R"(["a","b"])");
  EXPECT_EQ(json.raw("/data/permalinks"), R"(["hi"])");
  EXPECT_EQ(
      json.raw("/data/headings"),
      R"([{"link":"hello","title":"Hello","level":1},{"link":"two","title":"Two","level":2}])");
  EXPECT_NE(json.text("/data/body")
                .find("<img src=\"/assets/images/tree.webp\" alt=\"A tree\" "
                      "width=\"6\" height=\"4\" loading=\"lazy\" style=\"--lqip:"),
            std::string::npos)
      << json.text("/data/body");
  EXPECT_EQ(number("SELECT count(*) FROM projects_tags"), 1);
}

TEST_F(FolderImportTest, WritesNothingTheSecondTime) {
  write_file("posts/hello.md", kHello);
  write_file("projects/all.yaml", "projects: [{name: P, url: u, description: d, tags: [z, a]}]");
  write_file("assets/tree.bmp", bmp_file(plain(6, 4, {0, 128, 0, 255})));
  import_all();
  const auto changes = db_.total_changes();
  auto again = must(FolderImport::open(root_.path(), {}));
  EXPECT_TRUE(must(again.next_commands(db_)).empty());
  EXPECT_EQ(again.report().summary(), "0 created, 0 updated, 3 unchanged, 0 skipped");
  EXPECT_EQ(db_.total_changes(), changes);
}

TEST_F(FolderImportTest, UpdatesWhatChangedAndKeepsWhatWasRemoved) {
  write_file("posts/a.md", kHello);
  write_file("posts/b.md", "---\ntitle: B\nslug: b\n---\nText\n");
  import_all();
  write_file("posts/a.md", "---\ntitle: Hello\nslug: hello\ntags: [b]\n---\nText\n");
  std::filesystem::remove(root_.path() / "posts/b.md");
  const ImportReport report = import_all();
  EXPECT_EQ(report.summary(), "0 created, 1 updated, 0 unchanged, 0 skipped");
  EXPECT_EQ(report.entries().front().name, "hello");
  EXPECT_EQ(report.entries().front().change, (Change{1, Outcome::updated}));
  EXPECT_TRUE(must(show_record(db_, posts_table(), "b", false)));
}

TEST_F(FolderImportTest, LeavesAloneWhatAnEditorChangedSinceTheSameFileWasImported) {
  write_file("posts/hello.md", kHello);
  write_file("projects/all.yaml", "projects: [{name: P, url: u, description: d}]");
  write_file("assets/tree.bmp", bmp_file(plain(6, 4, {0, 128, 0, 255})));
  import_all();
  execute("UPDATE posts SET title = 'Edited'");
  execute("UPDATE projects SET url = 'edited'");
  execute("UPDATE assets SET width = 7");
  EXPECT_EQ(import_all().summary(), "0 created, 0 updated, 3 unchanged, 0 skipped");
  EXPECT_EQ(text("SELECT title FROM posts"), "Edited");
  EXPECT_EQ(text("SELECT url FROM projects"), "edited");
  EXPECT_EQ(number("SELECT width FROM assets"), 7);
}

TEST_F(FolderImportTest, AFileThatChangedWinsOverWhatAnEditorChanged) {
  write_file("posts/hello.md", kHello);
  import_all();
  execute("UPDATE posts SET title = 'Edited'");
  write_file("posts/hello.md", "---\ntitle: Newer\nslug: hello\n---\nText\n");
  EXPECT_EQ(import_all().count(Outcome::updated), 1U);
  EXPECT_EQ(text("SELECT title FROM posts"), "Newer");
}

TEST_F(FolderImportTest, WhatAnEditorDeletedStaysSoUntilItsFileChanges) {
  write_file("posts/hello.md", kHello);
  write_file("assets/tree.bmp", bmp_file(plain(6, 4, {0, 128, 0, 255})));
  import_all();
  execute("DELETE FROM posts");
  execute("DELETE FROM assets");
  EXPECT_EQ(import_all().summary(), "0 created, 0 updated, 2 unchanged, 0 skipped");
  EXPECT_EQ(number("SELECT count(*) FROM posts"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM assets"), 0);
  write_file("posts/hello.md", std::string(kHello) + "More\n");
  EXPECT_EQ(import_all().count(Outcome::created), 1U);
}

TEST_F(FolderImportTest, ImportsAllOfItWhenForced) {
  write_file("posts/hello.md", kHello);
  write_file("posts/same.md", "---\ntitle: Same\nslug: same\n---\nText\n");
  write_file("assets/tree.bmp", bmp_file(plain(6, 4, {0, 128, 0, 255})));
  import_all();
  execute("UPDATE posts SET title = 'Edited' WHERE slug = 'hello'");
  execute("DELETE FROM assets");
  EXPECT_EQ(import_all({.force = true}).summary(), "1 created, 1 updated, 1 unchanged, 0 skipped");
  EXPECT_EQ(text("SELECT title FROM posts WHERE slug = 'hello'"), "Hello");
  // That is what is remembered from now on.
  execute("UPDATE posts SET title = 'Edited again' WHERE slug = 'hello'");
  EXPECT_EQ(import_all().summary(), "0 created, 0 updated, 3 unchanged, 0 skipped");
  EXPECT_EQ(text("SELECT title FROM posts WHERE slug = 'hello'"), "Edited again");
}

TEST_F(FolderImportTest, LeavesAloneWhatAnEditorChangesWhileTheWriteWaits) {
  write_file("posts/hello.md", "---\ntitle: Hello\nslug: hello\n---\n![](tree.png)\n");
  import_all();
  write_file("assets/tree.bmp", bmp_file(plain(6, 4, {0, 128, 0, 255})));
  auto import = must(FolderImport::open(root_.path(), {}));
  const auto commands = must(import.next_commands(db_));
  ASSERT_EQ(commands.size(), 2U);
  execute("UPDATE posts SET title = 'Edited'");
  import.record(write(commands));
  EXPECT_EQ(import.report().summary(), "1 created, 0 updated, 1 unchanged, 0 skipped");
  EXPECT_EQ(text("SELECT title FROM posts"), "Edited");
}

TEST_F(FolderImportTest, RemembersWhereRecordsThatWereThereAlreadyComeFrom) {
  write_file("posts/hello.md", kHello);
  import_all();
  execute("DELETE FROM coppice_imports");
  EXPECT_EQ(import_all().count(Outcome::unchanged), 1U);
  EXPECT_EQ(text("SELECT resource || ' ' || name || ' ' || file FROM coppice_imports"),
            "posts hello posts/hello.md");
}

TEST_F(FolderImportTest, RemembersNoFileWhoseWriteFailed) {
  write_file("posts/hello.md", kHello);
  execute("CREATE TRIGGER refuse BEFORE INSERT ON posts BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_EQ(import_all().skipped(), 1U);
  EXPECT_EQ(number("SELECT count(*) FROM coppice_imports"), 0);
  execute("DROP TRIGGER refuse");
  EXPECT_EQ(import_all().count(Outcome::created), 1U);
}

TEST_F(FolderImportTest, SaysWhichFileAndLineIsWrongAndGoesOn) {
  write_file("posts/0-no-fence.md", "title: x\n");
  write_file("posts/1-open-fence.md", "---\ntitle: x\n");
  write_file("posts/2-yaml.md", "---\ntitle: x\nslug: [b\n---\nText\n");
  write_file("posts/3-blank.md", "---\nslug: Bad Slug\n---\n\n");
  write_file("posts/4-date.md", "---\ntitle: x\nslug: x\npublished_at: soon\n---\nText\n");
  write_file("posts/5-latin1.md", "---\ntitle: x\nslug: x\n---\nText\ncaf\xE9\n");
  write_file("posts/6-good.md", kHello);
  write_file("posts/7-twin.md", kHello);
  write_file("projects/a.yaml",
             "projects:\n  - {name: P, url: u, description: d}\n"
             "  - {name: P, url: u, description: d}\n  - {name: Q}\n");
  write_file("assets/text.png", "not an image");
  write_file("assets/tree.bmp", bmp_file(plain(2, 2, {1, 2, 3, 255})));
  write_file("assets/tree.gif", bmp_file(plain(2, 2, {1, 2, 3, 255})));
  const ImportReport report = import_all();
  const std::string bad_slug = std::string("slug ") + std::string(kBadSlug);
  const std::string bad_date = parse_date_time("soon").error().context;
  EXPECT_EQ(report.problems(),
            (Strings{
                "assets/text.png: it is not a PNG, JPEG, GIF, BMP or WebP image",
                "assets/tree.gif: assets/tree.bmp is stored as tree.webp already",
                "projects/a.yaml:3: name has already been taken: by projects/a.yaml",
                "projects/a.yaml:4: url can't be blank; description can't be blank",
                "posts/0-no-fence.md:1: the first line must be ---",
                "posts/1-open-fence.md:1: no line --- ends the front matter",
                "posts/2-yaml.md:4: end of sequence flow not found",
                "posts/3-blank.md:2: title can't be blank; raw_body can't be blank; " + bad_slug,
                "posts/4-date.md:4: published_at is invalid: " + bad_date,
                "posts/5-latin1.md:6: the text is not UTF-8",
                "posts/7-twin.md:3: slug has already been taken: by posts/6-good.md",
            }));
  EXPECT_EQ(report.summary(), "3 created, 0 updated, 0 unchanged, 11 skipped");
}

TEST_F(FolderImportTest, TakesAGoodImageBesideABrokenOneOfTheSameName) {
  write_file("assets/tree.bmp", "not an image");
  write_file("assets/tree.png", bmp_file(plain(2, 2, {1, 2, 3, 255})));
  const ImportReport report = import_all();
  EXPECT_EQ(report.problems(),
            (Strings{"assets/tree.bmp: it is not a PNG, JPEG, GIF, BMP or WebP image"}));
  EXPECT_EQ(number("SELECT count(*) FROM assets WHERE name = 'tree.webp'"), 1);
}

TEST_F(FolderImportTest, LeavesOtherFilesAlone) {
  write_file("posts/README.txt", "x");
  write_file("posts/.draft.md", "x");
  write_file("assets/.DS_Store", "x");
  write_file("projects/notes.json", "{}");
  std::filesystem::create_directories(root_.path() / "posts/folder.md");
  EXPECT_TRUE(import_all().entries().empty());
}

TEST_F(FolderImportTest, FindsImagesThatAreOnlyInTheDatabase) {
  must(upsert(db_, must(make_asset("old.bmp", bmp_file(plain(9, 9, {1, 2, 3, 255}))))));
  write_file("posts/a.md", "---\ntitle: A\nslug: a\n---\n![x](old.png)\n");
  import_all();
  EXPECT_NE(text("SELECT body FROM posts").find("width=\"9\""), std::string::npos);
}

TEST_F(FolderImportTest, KeepsRawHtmlOnlyWhenTrusted) {
  write_file("posts/a.md", "---\ntitle: A\nslug: a\n---\n<div onclick=\"x\">hi</div>\n");
  import_all();
  EXPECT_EQ(text("SELECT body FROM posts"), "<div>hi</div>\n");
  import_all({.trusted = true});
  EXPECT_EQ(text("SELECT body FROM posts"), "<div onclick=\"x\">hi</div>\n");
}

TEST_F(FolderImportTest, ReportsAWriteThatFailed) {
  write_file("posts/hello.md", kHello);
  auto import = must(FolderImport::open(root_.path(), {}));
  ASSERT_EQ(must(import.next_commands(db_)).size(), 1U);
  const std::vector<FolderImport::WriteResult> results = {actors::fail(Errc::disk_full, "no room")};
  import.record(results);
  EXPECT_EQ(import.report().problems(), Strings{"posts/hello.md: disk_full: no room"});
  EXPECT_THROW(import.record(results), std::logic_error);
}

TEST_F(FolderImportTest, HandsOutManyWritesInBatches) {
  for (int i = 0; i < 100; ++i) {
    write_file("posts/" + std::to_string(i) + ".md",
               "---\ntitle: T\nslug: p" + std::to_string(i) + "\n---\nText\n");
  }
  auto import = must(FolderImport::open(root_.path(), {}));
  std::size_t commands = 0;
  while (true) {
    const auto batch = must(import.next_commands(db_));
    if (batch.empty()) break;
    EXPECT_LE(batch.size(), 32U);
    commands += batch.size();
    import.record(write(batch));
  }
  EXPECT_EQ(commands, 100U);
  EXPECT_EQ(import.report().count(Outcome::created), 100U);
}

TEST_F(FolderImportTest, TellsHowManyFilesOfHowManyAreRead) {
  write_file("posts/hello.md", kHello);
  write_file("posts/notes.txt", "left alone");
  write_file("posts/wrong.md", "no front matter");
  std::vector<db::Progress> told;
  must(import_folder(
      root_.path(), {}, db_, [this](const auto& commands) { return write(commands); },
      [&told](const db::Progress& progress) { told.push_back(progress); }));
  EXPECT_EQ(told, (std::vector<db::Progress>{{"importing", 0, 2, "files"},
                                             {"importing", 1, 2, "files"},
                                             {"importing", 2, 2, "files"}}));
}

TEST_F(FolderImportTest, RefusesWhatIsNoContentFolder) {
  EXPECT_EQ(FolderImport::open(root_.path() / "missing", {}).error(), Errc::not_found);
  EXPECT_EQ(FolderImport::open(root_.path() / "posts", {}).error(), Errc::not_found);
}

TEST_F(FolderImportTest, TakesTheProjectsOwnContentWithoutAComplaint) {
  const ImportReport report = import(std::filesystem::path(COPPICE_SOURCE_DIR) / "content");
  EXPECT_EQ(report.problems(), Strings{});
  EXPECT_GE(number("SELECT count(*) FROM posts WHERE NOT is_draft"), 10);
  EXPECT_EQ(number("SELECT count(*) FROM posts WHERE is_draft"), 1);
  EXPECT_EQ(number("SELECT count(*) FROM posts WHERE description IS NULL OR excerpt IS NULL"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM posts WHERE body LIKE '%../assets%'"), 0);
  EXPECT_EQ(number("SELECT count(*) FROM assets WHERE lqip_hash IS NULL"), 0);
}

/// A real blog, where one is at hand.
class CorpusTest : public ContentTest {
 protected:
  static std::filesystem::path corpus() {
    const char* named = std::getenv("COPPICE_CORPUS");
    return named != nullptr ? std::filesystem::path(named)
                            : std::filesystem::path(COPPICE_SOURCE_DIR) / "../shared/data/blog";
  }

  void SetUp() override {
    if (!std::filesystem::is_directory(corpus() / "posts")) {
      GTEST_SKIP() << "no corpus at " << corpus() << "; COPPICE_CORPUS names another place";
    }
  }
};

TEST_F(CorpusTest, IsImportedWhole) {
  const ImportReport report = import(corpus());
  EXPECT_EQ(report.problems(), Strings{});
  EXPECT_EQ(number("SELECT count(*) FROM posts"), 488);
  EXPECT_EQ(number("SELECT count(DISTINCT tag_id) FROM posts_tags"), 73);
  EXPECT_EQ(number("SELECT count(*) FROM projects"), 5);
  EXPECT_EQ(number("SELECT count(*) FROM assets"), 4);
  EXPECT_GE(number("SELECT count(*) FROM posts WHERE body LIKE '%src=\"/assets/images/%'"), 1);

  const auto changes = db_.total_changes();
  EXPECT_EQ(import(corpus()).count(Outcome::unchanged), report.entries().size());
  EXPECT_EQ(db_.total_changes(), changes);
}

}  // namespace
}  // namespace coppice::app::content
