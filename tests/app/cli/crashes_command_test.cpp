#include "app/cli/crashes_command.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "app/crashes/read_crashes.hpp"

namespace coppice::app::cli {
namespace {

crashes::Crash crash_of(const std::string& path, const std::string& reason) {
  crashes::Crash crash;
  crash.at = crash.last_at = 1'800'000'000'000;
  crash.path = path;
  crash.reason = reason;
  return crash;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(CrashesView, SaysThatThereAreNone) {
  EXPECT_EQ(render_crashes(crashes::crashes_json({}, {})), "no crashes\n");
}

TEST(CrashesView, HasALineForEach) {
  const auto text =
      render_crashes(crashes::crashes_json({{17, crash_of("/a", "boom\nand more")}}, {}));
  EXPECT_TRUE(contains(text, "    17  2027-01-15T08:00:00.000Z      1  /a  boom\n")) << text;
}

TEST(CrashesView, SaysThatTheWrittenOnesCantBeRead) {
  const auto nothing = crashes::crashes_json({}, {}, {}, 0, "timeout");
  EXPECT_EQ(render_crashes(nothing), "those that were written can't be read: timeout\n");
  const auto text =
      render_crashes(crashes::crashes_json({}, {}, {crash_of("", "bang")}, 0, "timeout"));
  EXPECT_TRUE(contains(text, "(process)  bang")) << text;
  EXPECT_TRUE(contains(text, "can't be read: timeout")) << text;
}

TEST(CrashesView, NamesWhatAFatalSignalHasLeftAndNobodyCanRead) {
  const std::vector<crashes::UnreadReport> unread{{.file = "/crashes/a.crash", .why = "garbage"}};
  const auto* const line =
      "what a fatal signal has left can't be read: /crashes/a.crash: garbage\n";
  EXPECT_EQ(render_crashes(crashes::crashes_json({}, {}, {}, 0, {}, unread)), line);
  const auto text = render_crashes(
      crashes::crashes_json({{17, crash_of("/a", "boom")}}, {}, {}, 0, "timeout", unread));
  EXPECT_TRUE(contains(text, line)) << text;
  EXPECT_TRUE(contains(text, "can't be read: timeout")) << text;
}

TEST(CrashesView, ShowsThoseThatWaitFirst) {
  const auto text = render_crashes(
      crashes::crashes_json({{17, crash_of("/a", "boom")}}, {}, {crash_of("", "bang")}, 3));
  EXPECT_LT(text.find("bang"), text.find("boom"));
  EXPECT_TRUE(contains(text, "(process)  bang")) << text;
  EXPECT_TRUE(contains(text, "have not been written")) << text;
  EXPECT_TRUE(contains(text, "3 more were let go")) << text;
}

TEST(CrashesView, SaysHowToSeeOlderOnes) {
  const auto text =
      render_crashes(crashes::crashes_json({{17, crash_of("/a", "boom")}}, {.limit = 1}));
  EXPECT_TRUE(contains(text, "--cursor 17")) << text;
}

}  // namespace
}  // namespace coppice::app::cli
