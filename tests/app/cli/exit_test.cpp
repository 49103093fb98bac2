#include "app/cli/exit.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace coppice::app::cli {
namespace {

using actors::Errc;
using actors::Error;

/// What is said on standard error, and what to exit with.
std::pair<std::string, int> say(int (*report)(const Error&), const Error& error) {
  testing::internal::CaptureStderr();
  const int code = report(error);
  return {testing::internal::GetCapturedStderr(), code};
}

TEST(Report, SaysWhatWentWrong) {
  EXPECT_EQ(say(report, Error(Errc::unavailable, "no such folder")),
            std::pair(std::string("coppice: no such folder\n"), 1));
}

TEST(Report, NamesTheKindOfAnErrorThatSaysNoMore) {
  EXPECT_EQ(say(report, Error(Errc::timeout)), std::pair(std::string("coppice: timeout\n"), 1));
}

TEST(ReportAnswer, TellsAServerThatIsNotThereFromOneThatRefuses) {
  EXPECT_EQ(say(report_answer, Error(Errc::unavailable, "no server answers")).second, 3);
  EXPECT_EQ(say(report_answer, Error(Errc::not_found, "nobody is there")).second, 1);
}

}  // namespace
}  // namespace coppice::app::cli
