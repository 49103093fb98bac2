#include "app/content/folder_memory.hpp"

#include <fstream>
#include <vector>

#include <gtest/gtest.h>

#include "app/content/content_fixture.hpp"
#include "app/content/test_images.hpp"

namespace coppice::app::content {
namespace {

namespace fs = std::filesystem;

class FolderMemoryTest : public ContentTest {
 protected:
  FolderMemoryTest() {
    fs::create_directories(root_ / "posts");
    fs::create_directories(root_ / "assets");
    post("a", "![](tree.png)");
    post("b", "x");
  }

  void put(const fs::path& file, std::string_view text) {
    std::ofstream(root_ / file, std::ios::binary) << text;
    // A clock tick may be longer than a test.
    fs::last_write_time(root_ / file,
                        fs::file_time_type::clock::now() + std::chrono::hours(++hour_));
  }

  void post(const std::string& slug, std::string_view body) {
    put("posts/" + slug + ".md",
        "---\ntitle: T\nslug: " + slug + "\n---\n" + std::string(body) + "\n");
  }

  std::string imported() { return import(root_, {.memory = &memory_}).summary(); }

  const fs::path root_ = directory_ / "content";
  FolderMemory memory_;
  int hour_ = 0;
};

TEST_F(FolderMemoryTest, PassesOverFilesThatAreAsTheyWere) {
  EXPECT_EQ(import(root_, {.memory = &memory_}).entries().size(), 2U);
  EXPECT_TRUE(import(root_, {.memory = &memory_}).entries().empty());
  post("b", "y");
  const auto report = import(root_, {.memory = &memory_});
  ASSERT_EQ(report.entries().size(), 1U);
  EXPECT_EQ(report.entries().front().file, "posts/b.md");
}

TEST_F(FolderMemoryTest, ReadsPostsAgainWhenAnImageHasChanged) {
  imported();
  put("assets/tree.bmp", bmp_file(plain(3, 2, {10, 20, 30, 255})));
  const auto report = import(root_, {.memory = &memory_});
  EXPECT_EQ(report.count(Outcome::created), 1U);
  EXPECT_EQ(report.count(Outcome::updated), 1U);
  EXPECT_EQ(report.count(Outcome::unchanged), 1U);
}

TEST_F(FolderMemoryTest, FindsImagesOfFilesThatItPassedOver) {
  put("assets/tree.bmp", bmp_file(plain(3, 2, {10, 20, 30, 255})));
  imported();
  post("b", "![](tree.png)");
  imported();
  EXPECT_NE(text("SELECT body FROM posts WHERE slug = 'b'").find("width=\"3\""), std::string::npos);
}

TEST_F(FolderMemoryTest, ReportsAFileWithAMistakeEachTime) {
  put("posts/bad.md", "no front matter");
  EXPECT_EQ(import(root_, {.memory = &memory_}).skipped(), 1U);
  EXPECT_EQ(import(root_, {.memory = &memory_}).skipped(), 1U);
}

TEST_F(FolderMemoryTest, ReportsASecondFileForARecordOfOneThatItPassedOver) {
  imported();
  put("posts/c.md", "---\ntitle: T\nslug: a\n---\nother\n");
  const auto report = import(root_, {.memory = &memory_});
  ASSERT_EQ(report.skipped(), 1U);
  EXPECT_NE(report.problems().front().find("posts/c.md"), std::string::npos);
}

TEST_F(FolderMemoryTest, RemembersNothingOfAnImportThatIsBrokenOff) {
  const auto break_off = [this](std::size_t files) {
    auto import = must(FolderImport::open(root_, {.memory = &memory_}));
    for (std::size_t i = 0; i < files; ++i) EXPECT_TRUE(must(import.read_next(db_)));
    return import.take_commands().size();
  };
  EXPECT_EQ(break_off(2), 2U);
  EXPECT_EQ(import(root_, {.memory = &memory_}).count(Outcome::created), 2U);
  // Of posts too that it didn't come to, and that the image has changed.
  put("assets/tree.bmp", bmp_file(plain(3, 2, {10, 20, 30, 255})));
  EXPECT_EQ(break_off(1), 1U);
  EXPECT_EQ(import(root_, {.memory = &memory_}).count(Outcome::updated), 1U);
}

TEST_F(FolderMemoryTest, ReadsThePostsOfAnImageThatWasStoredBeforeTheImportWasBrokenOff) {
  imported();
  put("assets/tree.bmp", bmp_file(plain(3, 2, {10, 20, 30, 255})));
  {
    auto import = must(FolderImport::open(root_, {.memory = &memory_}));
    EXPECT_TRUE(must(import.read_next(db_)));
    import.record(write(import.take_commands()));
  }
  EXPECT_EQ(import(root_, {.memory = &memory_}).count(Outcome::updated), 1U);
}

TEST_F(FolderMemoryTest, TellsRefusalsThatMayPassFromThoseThatDoNot) {
  const auto may_pass = [this](actors::Errc code) {
    auto import = must(FolderImport::open(root_, {}));
    const auto commands = must(import.next_commands(db_));
    const FolderImport::WriteResult refused = actors::fail(code, "no");
    import.record(std::vector<FolderImport::WriteResult>(commands.size(), refused));
    return import.has_passing_failures();
  };
  EXPECT_TRUE(may_pass(actors::Errc::disk_full));
  EXPECT_TRUE(may_pass(actors::Errc::unavailable));
  EXPECT_FALSE(may_pass(actors::Errc::conflict));
  EXPECT_FALSE(may_pass(actors::Errc::too_large));
}

TEST_F(FolderMemoryTest, TriesAgainWhatCouldNotBeWritten) {
  execute("CREATE TRIGGER refuse BEFORE INSERT ON posts BEGIN SELECT RAISE(ABORT, 'no'); END");
  EXPECT_EQ(import(root_, {.memory = &memory_}).skipped(), 2U);
  execute("DROP TRIGGER refuse");
  EXPECT_EQ(import(root_, {.memory = &memory_}).count(Outcome::created), 2U);
}

}  // namespace
}  // namespace coppice::app::content
