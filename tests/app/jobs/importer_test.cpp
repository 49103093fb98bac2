#include "app/jobs/importer.hpp"

#include <filesystem>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "app/content/content_commands.hpp"
#include "db/database_world.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app::jobs {
namespace {

using actors::Errc;
using content::Outcome;
using db::must;

class ImporterTest : public db::DatabaseWorldTest {
 protected:
  ImporterTest() {
    auto commands = std::make_shared<db::CommandRegistry>();
    content::add_content_commands(*commands);
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

  db::TemporaryDirectory root_;
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

}  // namespace
}  // namespace coppice::app::jobs
