#include "app/cli/inspect_view.hpp"

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

TEST(InspectView, PutsEachMemberOnALine) {
  const std::string text = render_actor(R"({"path":"/pubsub","restarts":3})");
  EXPECT_EQ(text, "path                /pubsub\nrestarts            3\n");
}

TEST(InspectView, WritesFractionsForPeopleAndNothingBehindAnEmptyValue) {
  const std::string text = render_actor(R"({"busy_ms":6.088E-3,"detail":""})");
  EXPECT_EQ(text, "busy_ms             0.006\ndetail\n");
}

TEST(InspectView, IndentsNestedObjects) {
  const std::string text = render_actor(R"({"last_crash":{"reason":"boom"}})");
  EXPECT_EQ(text, "last_crash\n  reason              boom\n");
}

TEST(InspectView, PutsEachFrameOfAStackOnALine) {
  const std::string text = render_actor(R"({"stack":"one (a.cpp:1)\ntwo (b.cpp:2)\n"})");
  EXPECT_EQ(text, "stack\n  one (a.cpp:1)\n  two (b.cpp:2)\n");
}

TEST(InspectView, PutsEachElementOfAListOnALine) {
  const std::string text = render_actor(
      R"({"waiting":[{"type":"Execute","waited_ms":1200.5},{"type":"Flush","waited_ms":3.0}]})");
  EXPECT_EQ(text, "waiting\n  type=Execute waited_ms=1200.500\n  type=Flush waited_ms=3.000\n");
}

TEST(InspectView, PutsEachCrashOfSeveralInABlockWithItsStack) {
  const std::string text =
      render_actor(R"({"crashes":[{"id":2,"stack":"one\ntwo\n"},{"id":1,"stack":null}]})");
  EXPECT_EQ(text,
            "crashes\n"
            "  id                  2\n"
            "  stack\n"
            "    one\n"
            "    two\n"
            "\n"
            "  id                  1\n"
            "  stack               null\n");
}

TEST(InspectView, ShowsEachActorThatAnotherKnowsWithItsPlace) {
  const std::string text =
      render_actor(R"({"links":[{"pid":"<0.4.1>","path":"/presence"},{"pid":"<0.5.1>"}]})");
  EXPECT_EQ(text, "links\n  pid=<0.4.1> path=/presence\n  pid=<0.5.1>\n");
}

}  // namespace
}  // namespace coppice::app::cli
