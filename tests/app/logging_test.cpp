#include "app/logging.hpp"

#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

namespace coppice::app {
namespace {

LogLine line(std::string_view text) {
  return {.at = std::chrono::system_clock::time_point(std::chrono::milliseconds(1500)),
          .level = LogLevel::warning,
          .text = text,
          .folder = "db",
          .actor = "/database/writer",
          .request_id = "r1"};
}

TEST(LogLine, SaysWhatItIsAboutBehindItsFirstLine) {
  EXPECT_EQ(text_line(line("a mail\nDear Ada"), false),
            "1970-01-01T00:00:01.500Z warning a mail actor=/database/writer request_id=r1\n"
            "Dear Ada");
}

TEST(LogLine, IsAJsonObjectWhateverItsText) {
  const auto value = boost::json::parse(json_line(line("quote \" and \xff byte")));
  EXPECT_EQ(value.at("text"), "quote \" and ? byte");
  EXPECT_EQ(value.at("level"), "warning");
  EXPECT_EQ(value.at("folder"), "db");
  EXPECT_EQ(value.at("actor"), "/database/writer");
  EXPECT_EQ(value.at("request_id"), "r1");
}

class LogTest : public testing::Test {
 protected:
  LogTest() : null_(open("/dev/null", O_WRONLY | O_CLOEXEC)), log_(Config{}, null_) {}
  ~LogTest() override { close(null_); }
  LogTest(const LogTest&) = delete;
  LogTest& operator=(const LogTest&) = delete;

  std::string last() {
    return log_.journal().last([](const Note&) { return true; }, 1);
  }

  const int null_;
  Log log_;
};

TEST_F(LogTest, KnowsTheFolderOfTheSource) {
  log_.add(LogLevel::info, "hello", "/home/ann/src/coppice/src/app/mail/mailer.cpp");
  EXPECT_NE(last().find(R"("folder":"app/mail")"), std::string::npos) << last();
  log_.add(LogLevel::info, "hello", "");
  EXPECT_NE(last().find(R"("folder":"app")"), std::string::npos) << last();
}

TEST_F(LogTest, TakesWhatALineIsAboutFromTheScope) {
  {
    const LogScope about({.folder = "supervisor", .actor = "/jobs", .request_id = "r2"});
    log_.add(LogLevel::info, "hello", "x.cpp");
  }
  const auto value = boost::json::parse(last());
  EXPECT_EQ(value.at("folder"), "supervisor");
  EXPECT_EQ(value.at("actor"), "/jobs");
  EXPECT_EQ(value.at("request_id"), "r2");
  log_.add(LogLevel::info, "again", "x.cpp");
  EXPECT_EQ(last().find("/jobs"), std::string::npos);
}

TEST_F(LogTest, RemembersNothingThatIsBelowTheLevel) {
  ASSERT_TRUE(log_.levels().set({"db", LogLevel::error, {}}, std::chrono::steady_clock::now()));
  log_.add(LogLevel::warning, "hello", "/x/src/db/writer.cpp");
  EXPECT_EQ(last(), "");
}

TEST_F(LogTest, AfterALevelsTimeNothingIsFormattedForItAnyMore) {
  const auto now = std::chrono::steady_clock::now();
  ASSERT_TRUE(set_log_level(log_, {.target = "all", .level = LogLevel::debug, .until = now}, now));
  EXPECT_EQ(spdlog::default_logger_raw()->level(), spdlog::level::debug);
  log_.add(LogLevel::error, "a line", "");
  EXPECT_EQ(spdlog::default_logger_raw()->level(), spdlog::level::info);
}

TEST_F(LogTest, TellsOfErrorsAndOfNothingElse) {
  std::vector<std::string> told;
  log_.tell_errors_to([&told](const LogLine& line) {
    told.push_back(std::string(line.folder) + ": " + std::string(line.text));
  });
  log_.add(LogLevel::warning, "a warning", "/x/src/db/writer.cpp");
  log_.add(LogLevel::error, "an error", "/x/src/db/writer.cpp");
  log_.add(LogLevel::critical, "the end", "/x/src/app/application.cpp");
  EXPECT_EQ(told, (std::vector<std::string>{"db: an error", "app: the end"}));
}

TEST_F(LogTest, DoesNotTellOfErrorsThatAreReportedAlready) {
  int told = 0;
  log_.tell_errors_to([&told](const LogLine&) { ++told; });
  {
    const LogScope about({.is_reported = true});
    log_.add(LogLevel::error, "a crash", "");
  }
  EXPECT_EQ(told, 0);
  EXPECT_NE(last().find("a crash"), std::string::npos);
}

TEST(LogLine, AnActorsNameCanNotBeALineOfItsOwn) {
  auto forged = line("text");
  forged.actor = "room:x\n2026-01-01 error all is lost";
  EXPECT_EQ(text_line(forged, false).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace coppice::app
