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

  void write_post(const std::string& slug) {
    std::filesystem::create_directories(root_.path() / "posts");
    root_.write("posts/" + slug + ".md",
                "---\ntitle: About " + slug + "\nslug: " + slug + "\n---\nText\n");
  }

  [[nodiscard]] std::int64_t posts() {
    auto reader = must(db::Connection::open({.path = path(), .read_only = true}));
    return must(db::query_value<std::int64_t>(reader, "SELECT count(*) FROM posts")).value();
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

TEST_F(ImporterTest, AnotherIncarnationLeavesAloneWhatHasChangedSince) {
  write_post("oak");
  must(world_.call(spawn(), Importer::Import{}));
  content::Post post;
  post.title = "Edited";
  post.slug = "oak";
  post.raw_body = "x";
  post.body = "<p>x</p>\n";
  must(execute(content::UpsertPost{post}));
  EXPECT_EQ(must(world_.call(spawn(), Importer::Import{})).count(Outcome::unchanged), 1U);
  auto reader = must(db::Connection::open({.path = path(), .read_only = true}));
  EXPECT_EQ(must(db::query_value<std::string>(reader, "SELECT title FROM posts")), "Edited");
}

}  // namespace
}  // namespace coppice::app::jobs
