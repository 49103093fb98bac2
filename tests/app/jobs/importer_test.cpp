#include "app/jobs/importer.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "app/content/content_commands.hpp"
#include "db/database_world.hpp"
#include "db/query.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app::jobs {
namespace {

using actors::Errc;
using content::Outcome;
using db::must;

class ImporterTest : public db::DatabaseWorldTest {
 protected:
  ImporterTest() {
    const auto known = std::make_shared<db::CommandRegistry>();
    content::add_content_commands(*known);
    auto commands = std::make_shared<db::CommandRegistry>();
    const std::string name(content::UpsertPost::kName);
    commands->add(
        name,
        [known, name, has_room = has_room_](
            db::Connection& db, std::string_view arguments) -> actors::Result<std::string> {
          if (!*has_room) return actors::fail(Errc::disk_full, "no room");
          return known->run(db, db::Command{name, std::string(arguments), {}});
        });
    commands->add<db::RunSql>();
    auto options = this->options();
    options.commands = std::move(commands);
    start(std::move(options));
  }

  auto spawn() {
    return world_.spawn<Importer>(
        root_.path().string(), *database_, std::make_shared<Importer::Slot>("the importer"),
        std::make_shared<changes::Follower::Slot>("the follower of changes"),
        std::make_shared<LongWork>());
  }

  [[nodiscard]] std::string status_of(actors::Pid importer) {
    std::string text;
    must(world_.runtime().inspect(importer,
                                  [&text](actors::Cell& cell) { text = cell.actor().describe(); }));
    return text;
  }

  void write_post(const std::string& slug) {
    std::filesystem::create_directories(root_.path() / "posts");
    root_.write("posts/" + slug + ".md",
                "---\ntitle: About " + slug + "\nslug: " + slug + "\n---\nText\n");
  }

  [[nodiscard]] std::int64_t posts() {
    auto reader = must(db::Connection::open({.path = path(), .read_only = true}));
    return must(db::query_value<std::int64_t>(reader, "SELECT count(*) FROM posts")).value();
  }

  /// What a restore of a backup without posts comes to.
  void restore_one_without_posts() {
    for (const char* sql : {"DELETE FROM posts", "DELETE FROM coppice_imports",
                            "UPDATE coppice_position SET epoch = epoch + 1"}) {
      must(execute(db::RunSql{sql}));
    }
  }

  db::TemporaryDirectory root_;
  std::shared_ptr<bool> has_room_ = std::make_shared<bool>(true);
};

TEST_F(ImporterTest, AnswersWhoeverAsksWithWhatItHasDone) {
  write_post("oak");
  const auto importer = spawn();
  must(world_.call(importer, Importer::Import{}));
  write_post("elm");
  const auto report = must(world_.call(importer, Importer::Import{}));
  EXPECT_EQ(report.count(Outcome::created), 1U);
  EXPECT_EQ(report.skipped(), 0U);
}

TEST_F(ImporterTest, AnswersOfAnImportThatBeganAfterItWasAsked) {
  write_post("oak");
  const auto importer = spawn();
  must(world_.call(importer, Importer::Import{}));
  write_post("elm");
  world_.cast(importer, Importer::Begin{}).ignore();
  world_.step(importer.pid());  // it has listed the folder
  write_post("yew");
  const auto report = must(world_.call(importer, Importer::Import{}));
  ASSERT_EQ(report.count(Outcome::created), 1U);
  EXPECT_EQ(report.entries().back().name, "yew");
}

TEST_F(ImporterTest, SaysWhyAFolderCanNotBeImported) {
  const auto importer = spawn();
  const auto refused = world_.call(importer, Importer::Import{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), Errc::not_found);
  write_post("oak");
  EXPECT_EQ(must(world_.call(importer, Importer::Import{})).count(Outcome::created), 1U);
}

TEST_F(ImporterTest, TriesAgainWhatTheWriterRefused) {
  *has_room_ = false;
  write_post("oak");
  const auto importer = spawn();
  EXPECT_EQ(must(world_.call(importer, Importer::Import{})).skipped(), 1U);
  EXPECT_EQ(posts(), 0);
  *has_room_ = true;
  world_.advance(std::chrono::seconds(5));
  EXPECT_EQ(posts(), 1);
}

TEST_F(ImporterTest, ReadsAllFilesAgainAfterARestore) {
  write_post("oak");
  const auto importer = spawn();
  must(world_.call(importer, Importer::Import{}));
  restore_one_without_posts();
  EXPECT_EQ(must(world_.call(importer, Importer::Import{})).count(Outcome::created), 1U);
}

TEST_F(ImporterTest, BeginsAnewWhenTheDatabaseIsRestoredMeanwhile) {
  write_post("oak");
  const auto importer = spawn();
  must(world_.call(importer, Importer::Import{}));
  world_.cast(importer, Importer::Begin{}).ignore();
  world_.step(importer.pid());  // it has listed the folder
  must(world_.runtime().inspect(importer.pid(), [](actors::Cell& cell) { cell.suspend(); }));
  restore_one_without_posts();
  must(world_.runtime().inspect(importer.pid(), [](actors::Cell& cell) { cell.resume(); }));
  world_.run();
  EXPECT_EQ(posts(), 1);
}

TEST_F(ImporterTest, AnotherIncarnationLeavesAloneWhatHasChangedSince) {
  write_post("oak");
  must(world_.call(spawn(), Importer::Import{}));
  content::Post post;
  post.title = "Edited";
  post.slug = "oak";
  post.raw_body = "x";
  post.body = "<p>x</p>\n";
  must(execute(content::UpsertPost{post}));
  // What it does when it starts; an import that it is asked for would be the one after that.
  const auto again = spawn();
  world_.run();
  EXPECT_TRUE(db::has(status_of(again.pid()), "0 created, 0 updated, 1 unchanged, 0 skipped"));
  auto reader = must(db::Connection::open({.path = path(), .read_only = true}));
  EXPECT_EQ(must(db::query_value<std::string>(reader, "SELECT title FROM posts")), "Edited");
}

}  // namespace
}  // namespace coppice::app::jobs
