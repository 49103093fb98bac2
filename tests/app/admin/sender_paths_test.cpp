#include "app/admin/sender_paths.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "actors/testkit/world.hpp"

namespace coppice::app::admin {
namespace {

class Sender final : public actors::Server<Sender> {};

std::string line_from(actors::Pid pid, const std::string& more = "") {
  return R"({"message":"Write","from":{"pid":")" + to_string(pid) + "\"" + more + "}}\n";
}

class SenderPathsTest : public testing::Test {
 protected:
  actors::Pid spawn_at(const std::string& id) {
    actors::SpawnOptions options;
    options.place = world_.runtime().root()->child(id, actors::Place::Kind::worker, "a worker");
    return world_.spawn_with<Sender>(std::move(options)).pid();
  }

  actors::testkit::World world_{{.seed = {}}};
  SenderPaths paths_{world_.runtime()};
};

TEST_F(SenderPathsTest, AddsThePlacesOfThoseWhoHaveOne) {
  const auto a = spawn_at("a");
  const auto b = spawn_at("b");
  const auto elsewhere = world_.spawn<Sender>().pid();
  EXPECT_EQ(
      paths_.add_to(line_from(b) + line_from(elsewhere) + line_from(a)),
      line_from(b, R"(,"path":"/b")") + line_from(elsewhere) + line_from(a, R"(,"path":"/a")"));
}

TEST_F(SenderPathsTest, RemembersThemBeyondTheirEnd) {
  const auto a = spawn_at("a");
  const auto with_path = line_from(a, R"(,"path":"/a")");
  EXPECT_EQ(paths_.add_to(line_from(a)), with_path);
  world_.kill(a);
  EXPECT_EQ(paths_.add_to(line_from(a)), with_path);
  EXPECT_EQ(SenderPaths(world_.runtime()).add_to(line_from(a)), line_from(a));
}

TEST_F(SenderPathsTest, LeavesLinesAloneThatNameNoSender) {
  const std::string lines =
      "{\"message\":\"Write\",\"us\":3}\n{\"ended\":\"the actor has ended\"}\n";
  EXPECT_EQ(paths_.add_to(lines), lines);
  EXPECT_EQ(paths_.add_to(""), "");
}

}  // namespace
}  // namespace coppice::app::admin
