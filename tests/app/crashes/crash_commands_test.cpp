#include "app/crashes/crash_commands.hpp"

#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <gtest/gtest.h>

#include "app/crashes/read_crashes.hpp"
#include "db/database_fixture.hpp"

namespace coppice::app::crashes {
namespace {

using actors::Errc;
constexpr std::int64_t kNow = 1'800'000'000'000;

class CrashCommands : public db::MigratedDatabaseTest {
 protected:
  static Crash crash(const std::string& path, std::int64_t at, std::int64_t fingerprint = 1) {
    Crash crash;
    crash.at = crash.last_at = at;
    crash.fingerprint = fingerprint;
    crash.kind = kActor;
    crash.path = path;
    crash.reason = "boom";
    crash.stack = "f\ng\n";
    crash.state = "well";
    return crash;
  }

  std::int64_t keep(std::vector<Crash> crashes) {
    return db::must(KeepCrashes{std::move(crashes)}.run(db_));
  }

  void keep_for(const std::string& reporter, std::vector<Crash> crashes) {
    db::must(KeepCrashes{.crashes = std::move(crashes), .reporter = reporter}.run(db_));
  }

  std::int64_t settle(const std::string& reporter, std::vector<ReportedCrash> reported) {
    return db::must(SettleReported{reporter, std::move(reported)}.run(db_));
  }

  /// What is still to be reported: "/a 2, /b 1"
  std::string unreported(const std::string& reporter) {
    std::string text;
    for (const auto& crash : db::must(TakeUpUnreported{reporter}.run(db_))) {
      text += (text.empty() ? "" : ", ") + crash.path + " " + std::to_string(crash.count);
    }
    return text;
  }

  std::vector<KeptCrash> read(const WrittenFilter& written = {}) {
    return db::must(read_crashes(db_, db::must(crash_filter(written))));
  }
};

TEST_F(CrashCommands, GiveBackWhatWasKeptNewestFirst) {
  EXPECT_EQ(keep({crash("/a", kNow, 1), crash("/b", kNow + 1, 2)}), 2);
  const auto found = read();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found.front().crash.path, "/b");
  EXPECT_EQ(found.back().crash.stack, "f\ng\n");
  EXPECT_EQ(db::must(read_crash(db_, found.back().id)).crash.path, "/a");
}

TEST_F(CrashCommands, FoldEqualOnesThatComeSoon) {
  keep({crash("/a", kNow)});
  EXPECT_EQ(keep({crash("/a", kNow + kFoldAfterLast)}), 0);
  const auto found = read();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().crash.count, 2);
  EXPECT_EQ(found.front().crash.at, kNow);
  EXPECT_EQ(found.front().crash.last_at, kNow + kFoldAfterLast);
}

TEST_F(CrashCommands, DoNotFoldWhatComesLater) {
  keep({crash("/a", kNow)});
  EXPECT_EQ(keep({crash("/a", kNow + kFoldAfterLast + 1)}), 1);
}

TEST_F(CrashCommands, BeginANewRowForAStormThatGoesOn) {
  std::int64_t rows = 0;
  for (std::int64_t at = 0; at <= kFoldAfterFirst + 5000; at += 5000) {
    rows += keep({crash("/a", kNow + at)});
  }
  EXPECT_EQ(rows, 2);
}

TEST_F(CrashCommands, KeepTheNewestOnly) {
  std::vector<Crash> crashes;
  for (std::int64_t n = 0; n < kMostCrashes + 5; ++n) crashes.push_back(crash("/a", kNow, n));
  keep(std::move(crashes));
  EXPECT_EQ(number("SELECT count(*) FROM coppice_crashes"), kMostCrashes);
  EXPECT_EQ(number("SELECT min(fingerprint) FROM coppice_crashes"), 5);
}

TEST_F(CrashCommands, AreReadByPathWithAllBelowIt) {
  keep({crash("/a", kNow, 1), crash("/a/b", kNow, 2), crash("/ab", kNow, 3)});
  EXPECT_EQ(read({.path = "/a"}).size(), 2U);
  EXPECT_EQ(read({.path = "/a/"}).size(), 2U);
  EXPECT_EQ(read({.path = "/"}).size(), 3U);
  EXPECT_EQ(read({.path = "/%"}).size(), 0U);
}

TEST_F(CrashCommands, AreReadSinceATime) {
  keep({crash("/a", kNow, 1), crash("/b", kNow + 60'000, 2)});
  ASSERT_EQ(utc_milliseconds(kNow), "2027-01-15T08:00:00.000Z");
  EXPECT_EQ(read({.since = "2027-01-15T08:00:30Z"}).size(), 1U);
  EXPECT_EQ(read({.since = "2027-01-15T10:00:00+02:00"}).size(), 2U);
  EXPECT_EQ(read({.since = "2027-01-16"}).size(), 0U);
}

TEST_F(CrashCommands, AreReadPageByPage) {
  keep({crash("/a", kNow, 1), crash("/b", kNow, 2), crash("/c", kNow, 3)});
  const auto filter = db::must(crash_filter({.limit = "2"}));
  const auto page = db::must(read_crashes(db_, filter));
  const auto json = boost::json::parse(crashes_json(page, filter));
  ASSERT_EQ(json.at("crashes").as_array().size(), 2U);
  const std::string cursor(json.at("next_cursor").as_string());
  const auto rest = read({.limit = "2", .cursor = cursor});
  ASSERT_EQ(rest.size(), 1U);
  EXPECT_EQ(rest.front().crash.path, "/a");
}

TEST_F(CrashCommands, AreReadOfOnePlaceWithoutThoseBelow) {
  keep({crash("/a", kNow, 1), crash("/a/b", kNow, 2), crash("/ab", kNow, 3)});
  const auto at = db::must(read_crashes(db_, {.path = "/a", .below = false}));
  ASSERT_EQ(at.size(), 1U);
  EXPECT_EQ(at.front().crash.path, "/a");
  EXPECT_EQ(db::must(read_crashes(db_, {.path = "/a"})).size(), 2U);
}

TEST_F(CrashCommands, NameWhatIsWrongWithAFilter) {
  for (const auto& [written, part] :
       std::vector<std::pair<WrittenFilter, std::string>>{{{.since = "yesterday"}, "since must be"},
                                                          {{.limit = "0"}, "limit must be"},
                                                          {{.cursor = "-1"}, "cursor must be"},
                                                          {{.cursor = "12x"}, "cursor must be"}}) {
    const auto filter = crash_filter(written);
    ASSERT_FALSE(filter);
    EXPECT_EQ(filter.error(), Errc::invalid_argument);
    EXPECT_EQ(filter.error().context.find(part), 0U) << filter.error().context;
  }
  EXPECT_FALSE(parse_crash_id("99999999999999999999"));
}

TEST_F(CrashCommands, SayWhenThereIsNoSuchCrash) {
  const auto none = read_crash(db_, 7);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error(), Errc::not_found);
}

TEST_F(CrashCommands, SayWhenTheSchemaIsTooOld) {
  execute("DROP TABLE coppice_crashes");
  const auto none = read_crashes(db_, {});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error(), Errc::unsupported);
}

TEST_F(CrashCommands, LeaveStatesAndStacksOutOfTheList) {
  keep({crash("/a", kNow)});
  const auto found = read();
  EXPECT_EQ(crashes_json(found, {}).find("stack"), std::string::npos);
  const auto one = boost::json::parse(crash_json(found.front()));
  EXPECT_EQ(one.at("stack").as_string(), "f\ng\n");
  EXPECT_EQ(one.at("state").as_string(), "well");
  EXPECT_TRUE(one.at("message").is_null());
}

TEST_F(CrashCommands, TellWhatIsStillToBeReportedOldestFirst) {
  keep_for("", {crash("/a", kNow, 1), crash("/b", kNow, 2)});
  EXPECT_EQ(unreported(""), "/a 1, /b 1");
  EXPECT_EQ(settle("", {{.fingerprint = 1, .count = 1}}), 1);
  EXPECT_EQ(unreported(""), "/b 1");
  EXPECT_EQ(read().size(), 2U);
}

TEST_F(CrashCommands, LeaveNothingToReportWhereNobodyReports) {
  keep({crash("/a", kNow)});
  EXPECT_EQ(unreported(""), "");
}

TEST_F(CrashCommands, TellHowManyOfARowAreStillToBeReported) {
  keep_for("", {crash("/a", kNow)});
  settle("", {{.fingerprint = 1, .count = 1}});
  keep_for("", {crash("/a", kNow + 1), crash("/a", kNow + 2)});
  EXPECT_EQ(unreported(""), "/a 2");
  EXPECT_EQ(read().front().crash.count, 3);
}

TEST_F(CrashCommands, SettleEqualCrashesAcrossTheirRows) {
  keep_for("", {crash("/a", kNow), crash("/a", kNow + 1)});
  keep_for("", {crash("/a", kNow + 1 + kFoldAfterLast + 1)});
  EXPECT_EQ(settle("", {{.fingerprint = 1, .count = 2}}), 2);
  EXPECT_EQ(unreported(""), "/a 1");
  EXPECT_EQ(settle("", {{.fingerprint = 1, .count = 5}}), 1);
  EXPECT_EQ(unreported(""), "");
}

TEST_F(CrashCommands, LeaveToOtherNodesWhatTheyReport) {
  keep_for("one", {crash("/a", kNow, 1)});
  keep_for("two", {crash("/b", kNow, 2)});
  EXPECT_EQ(settle("one", {{.fingerprint = 2, .count = 1}}), 0);
  EXPECT_EQ(unreported("one"), "/a 1");
  EXPECT_EQ(unreported("two"), "/b 1");
}

TEST_F(CrashCommands, TakeUpTheNewestAndForgetTheOthers) {
  std::vector<Crash> crashes;
  for (std::int64_t n = 0; n < TakeUpUnreported::kMost + 3; ++n) {
    crashes.push_back(crash("/" + std::to_string(n), kNow, n));
  }
  keep_for("", std::move(crashes));
  const auto taken = db::must(TakeUpUnreported{""}.run(db_));
  ASSERT_EQ(std::ssize(taken), TakeUpUnreported::kMost);
  EXPECT_EQ(taken.front().path, "/3");
  EXPECT_EQ(number("SELECT count(*) FROM coppice_unreported_crashes"), TakeUpUnreported::kMost);
}

TEST_F(CrashCommands, ForgetWhatIsToBeReportedWithItsRow) {
  keep_for("", {crash("/a", kNow, 1)});
  execute("DELETE FROM coppice_crashes");
  EXPECT_EQ(number("SELECT count(*) FROM coppice_unreported_crashes"), 0);
}

}  // namespace
}  // namespace coppice::app::crashes
