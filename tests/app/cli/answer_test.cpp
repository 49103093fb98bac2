#include "app/cli/answer.hpp"

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::Result;

const std::string kSocket = "/run/coppice.sock";

Result<std::uint8_t> count_in(const std::string& answer) {
  return read_answer(kSocket, answer, [](const std::string& json) {
    return boost::json::parse(json).at("count").to_number<std::uint8_t>();
  });
}

std::string render(std::string_view json) {
  return "<" + std::string(boost::json::parse(json).at("name").as_string()) + ">\n";
}

struct Printed {
  int code;
  std::string out;
  std::string err;
};

Printed print(const Result<std::string>& answer, bool json) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  const int code = print_answer(kSocket, answer, json, render);
  std::cout << std::flush;
  return {code, testing::internal::GetCapturedStdout(), testing::internal::GetCapturedStderr()};
}

TEST(ReadAnswer, GivesWhatIsRead) { EXPECT_EQ(count_in(R"({"count":7})"), 7); }

TEST(ReadAnswer, SaysOfWhatItCannotReadWhereItCameFrom) {
  for (const auto* answer :
       {"", "x", "[]", "{", "{}", R"({"count":"7"})", R"({"count":700})", "null"}) {
    const auto count = count_in(answer);
    ASSERT_FALSE(count) << answer;
    EXPECT_EQ(count.error(), Errc::malformed) << answer;
    EXPECT_NE(count.error().context.find(kSocket), std::string::npos) << count.error().context;
    EXPECT_NE(count.error().context.find("another version"), std::string::npos);
  }
}

TEST(PrintAnswer, ShowsPeopleWhatIsRenderedAndProgramsTheAnswer) {
  const auto people = print(R"({"name":"ann"})", false);
  EXPECT_EQ(people.code, 0);
  EXPECT_EQ(people.out, "<ann>\n");
  const auto programs = print(R"({"name":"ann"})", true);
  EXPECT_EQ(programs.code, 0);
  EXPECT_EQ(programs.out, "{\"name\":\"ann\"}\n");
}

TEST(PrintAnswer, PrintsNothingThatIsNotUnderstood) {
  for (const bool json : {false, true}) {
    const auto printed = print("[]", json);
    EXPECT_EQ(printed.code, 1);
    EXPECT_EQ(printed.out, "");
    EXPECT_EQ(printed.err, "coppice: " + not_understood(kSocket).context + "\n");
  }
}

TEST(PrintAnswer, ReportsWhyThereIsNone) {
  const auto printed = print(actors::fail(Errc::unavailable, "nobody answers"), false);
  EXPECT_EQ(printed.code, 3);
  EXPECT_EQ(printed.err, "coppice: nobody answers\n");
}

}  // namespace
}  // namespace coppice::app::cli
