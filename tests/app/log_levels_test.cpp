#include "app/log_levels.hpp"

#include <gtest/gtest.h>

namespace coppice::app {
namespace {

using std::chrono::seconds;

constexpr actors::Time kNow{seconds(1000)};

class LogLevelsTest : public testing::Test {
 protected:
  void set(std::string target, LogLevel level, std::optional<actors::Time> until = {}) {
    ASSERT_TRUE(levels_.set({std::move(target), level, until}, kNow));
  }
  bool admits(LogLevel level, std::string_view folder, std::string_view actor,
              actors::Time now = kNow) {
    return levels_.admits(level, folder, actor, now);
  }

  LogLevels levels_{LogLevel::info};
};

TEST_F(LogLevelsTest, BeginsWithWhatIsConfigured) {
  EXPECT_TRUE(admits(LogLevel::info, "db", ""));
  EXPECT_FALSE(admits(LogLevel::debug, "db", ""));
  EXPECT_EQ(levels_.least(), LogLevel::info);
}

TEST_F(LogLevelsTest, ActorsGoBeforeFoldersAndFoldersBeforeAll) {
  set("db", LogLevel::error);
  set("/database/writer", LogLevel::debug);
  EXPECT_TRUE(admits(LogLevel::info, "app", "/jobs"));
  EXPECT_FALSE(admits(LogLevel::warning, "db", "/database/migrator"));
  EXPECT_TRUE(admits(LogLevel::debug, "db", "/database/writer"));
  EXPECT_EQ(levels_.least(), LogLevel::debug);
}

TEST_F(LogLevelsTest, TheCloserOneHolds) {
  set("app", LogLevel::error);
  set("app/mail", LogLevel::debug);
  set("/", LogLevel::warning);
  EXPECT_TRUE(admits(LogLevel::debug, "app/mail", ""));
  EXPECT_FALSE(admits(LogLevel::info, "app/mailer", ""));
  EXPECT_FALSE(admits(LogLevel::info, "app/mail", "/jobs/mailer"));
}

TEST_F(LogLevelsTest, ATimesEndBringsBackWhatIsConfigured) {
  set("all", LogLevel::error, kNow + seconds(10));
  EXPECT_FALSE(admits(LogLevel::info, "app", ""));
  EXPECT_EQ(levels_.least(), LogLevel::info) << "else no line would ever find the time over";
  EXPECT_TRUE(admits(LogLevel::info, "app", "", kNow + seconds(10)));
  EXPECT_EQ(levels_.rules(kNow + seconds(10)).size(), 1U);
}

TEST_F(LogLevelsTest, WhatIsAboveAllForGoodIsNotEvenFormatted) {
  set("all", LogLevel::error);
  EXPECT_EQ(levels_.least(), LogLevel::error);
  set("db", LogLevel::warning);
  EXPECT_EQ(levels_.least(), LogLevel::warning);
}

TEST_F(LogLevelsTest, ResetsOneOrAll) {
  set("db", LogLevel::debug);
  set("net", LogLevel::debug);
  ASSERT_TRUE(levels_.reset("db"));
  EXPECT_FALSE(admits(LogLevel::debug, "db", ""));
  EXPECT_EQ(levels_.reset("db").error().code, actors::Errc::not_found);
  ASSERT_TRUE(levels_.reset("all"));
  EXPECT_EQ(levels_.least(), LogLevel::info);
}

TEST_F(LogLevelsTest, RefusesWhatIsNoTarget) {
  for (const char* target : {"", "databse", "db/", "DB", "Database"}) {
    const auto set = levels_.set({target, LogLevel::debug, {}}, kNow);
    ASSERT_FALSE(set) << target;
    EXPECT_EQ(set.error().code, actors::Errc::invalid_argument);
  }
}

TEST_F(LogLevelsTest, IsBounded) {
  for (std::size_t i = 0; i < LogLevels::kMostRules; ++i) {
    set("/a" + std::to_string(i), LogLevel::debug);
  }
  set("/a0", LogLevel::error);
  EXPECT_EQ(levels_.set({"/b", LogLevel::debug, {}}, kNow).error().code, actors::Errc::overloaded);
}

TEST(LogLevel, IsKnownByItsNames) {
  EXPECT_EQ(log_level_from("warn"), LogLevel::warning);
  EXPECT_EQ(log_level_from("warning"), LogLevel::warning);
  EXPECT_EQ(log_level_from("off"), LogLevel::off);
  EXPECT_EQ(log_level_from("loud"), std::nullopt);
  EXPECT_EQ(to_string(LogLevel::warning), "warning");
}

}  // namespace
}  // namespace coppice::app
