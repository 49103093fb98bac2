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

TEST(ExitCodeOfBackup, TellsADamagedBackupFromAFullDiskAndFromNone) {
  EXPECT_EQ(exit_code_of_backup(Error(Errc::corrupt, "its end is missing")), 4);
  EXPECT_EQ(exit_code_of_backup(Error(Errc::disk_full, "no room")), 5);
  EXPECT_EQ(exit_code_of_backup(Error(Errc::not_found, "there is none")), 6);
  EXPECT_EQ(exit_code_of_backup(Error(Errc::busy, "it is in use")), 1);
}

}  // namespace
}  // namespace coppice::app::cli
