#include "app/crashes/crash_ledger.hpp"

#include <chrono>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "app/crashes/crash_commands.hpp"
#include "app/crashes/read_crashes.hpp"
#include "app/crashes/report_folder.hpp"
#include "db/database_world.hpp"

namespace coppice::app::crashes {
namespace {

using namespace std::chrono_literals;

class CrashLedgerTest : public db::DatabaseWorldTest {
 protected:
  CrashLedgerTest() {
    auto commands = std::make_shared<db::CommandRegistry>();
    add_crash_commands(*commands);
    auto options = this->options();
    options.commands = std::move(commands);
    start(std::move(options));
    ledger_ = std::make_shared<Ledger>(*database_, "1.0");
    following_ = follow_crashes(world_.runtime().events(), ledger_);
    start_ledger();
  }

  void start_ledger() {
    auto place = world_.runtime().root()->child("crashes" + std::to_string(++starts_),
                                                supervisor::ChildType::worker, "");
    const auto outcome = world_.start(ledger_child(ledger_).start, {.place = std::move(place)});
    ASSERT_TRUE(outcome.ok());
    keeper_ = outcome.pid;
    world_.run();
  }

  void note(const std::string& text) {
    const auto reason = actors::reason_of(std::make_exception_ptr(std::runtime_error(text)));
    world_.runtime().events().emit(
        {.kind = actors::EventKind::actor_crash, .path = "/a", .type = "A", .reason = &reason});
  }

  /// The counts of the rows, oldest first: "2 1".
  std::string counts() {
    auto connection = db::must(db::Connection::open({.path = path(), .read_only = true}));
    return db::must(db::query_value<std::optional<std::string>>(
                        connection,
                        "SELECT group_concat(count, ' ') FROM "
                        "(SELECT count FROM coppice_crashes ORDER BY id)"))
        .value()
        .value_or("");
  }

  /// As the start of another process with this database, whose reports somebody wants.
  void start_reporting() {
    following_.reset();
    ledger_ = std::make_shared<Ledger>(*database_, "1.0");
    ledger_->reporting = {.reporter = "", .report = [this](const Crash& crash) {
                            reported_ += crash.path + " " + std::to_string(crash.count) + ";";
                          }};
    following_ = follow_crashes(world_.runtime().events(), ledger_);
    start_ledger();
  }

  void stop_ledger() {
    std::ignore = world_.stop(keeper_);
    world_.run();
  }

  /// Of the one crash that there is.
  std::int64_t fingerprint() {
    auto connection = db::must(db::Connection::open({.path = path(), .read_only = true}));
    return db::must(
               db::query_value<std::int64_t>(connection, "SELECT fingerprint FROM coppice_crashes"))
        .value();
  }

  std::string reported_;
  LedgerPtr ledger_;
  int starts_ = 0;
  actors::Pid keeper_;
  actors::EventBus::Subscription following_;
};

TEST_F(CrashLedgerTest, WritesACrashAtOnce) {
  note("boom");
  world_.run();
  EXPECT_EQ(counts(), "1");
  EXPECT_TRUE(ledger_->buffer.unwritten().empty());
}

TEST_F(CrashLedgerTest, WritesAStormAsOneRowAndFewBatches) {
  for (int n = 0; n < 500; ++n) note("boom");
  world_.run();
  for (int n = 0; n < 500; ++n) note("boom");
  world_.advance(2s);
  EXPECT_EQ(counts(), "1000");
}

TEST_F(CrashLedgerTest, KeepsCrashesUntilTheDatabaseTakesThem) {
  suspend("writer");
  note("boom");
  note("bang");
  world_.run();
  world_.advance(30s);
  EXPECT_EQ(counts(), "");
  resume("writer");
  world_.advance(30s);
  EXPECT_EQ(counts(), "1 1");
  EXPECT_EQ(ledger_->buffer.dropped(), 0U);
}

TEST_F(CrashLedgerTest, KeepsItsOwnCrashWithTheNextIncarnation) {
  world_.runtime().crash(keeper_, "drill");
  world_.run();
  ASSERT_EQ(ledger_->buffer.waiting(), 1U);
  start_ledger();
  EXPECT_EQ(counts(), "1");
}

TEST_F(CrashLedgerTest, TellsWhichReportsOfFatalSignalsItCouldNotRead) {
  const auto folder = directory_ / "crashes";
  ASSERT_TRUE(make_report_folder(folder));
  std::ofstream(folder / "coppice-1.crash") << "garbage\n";
  std::ofstream(folder / "coppice-2.crash")
      << "coppice-crash 1\nsignal 11\ndatabase " << report_name(path()) << "\nend\n";
  ledger_ = std::make_shared<Ledger>(*database_, "1.0", folder);
  start_ledger();
  const auto unread = ledger_->unread();
  ASSERT_EQ(unread.size(), 1U);
  EXPECT_EQ(unread.front().file, folder / "coppice-1.crash");
  EXPECT_EQ(unread.front().why, "it doesn't begin with coppice-crash 1");
  EXPECT_EQ(counts(), "1");
}

TEST_F(CrashLedgerTest, HasWhatWasNotReportedReportedByTheNextStart) {
  start_reporting();
  note("boom");
  world_.run();
  EXPECT_EQ(reported_, "");
  stop_ledger();
  start_reporting();
  EXPECT_EQ(reported_, "/a 1;");
}

TEST_F(CrashLedgerTest, HasNothingReportedAgain) {
  start_reporting();
  note("boom");
  world_.run();
  ledger_->note_reported(fingerprint(), 1);
  world_.advance(2s);
  EXPECT_FALSE(ledger_->has_reported());
  stop_ledger();
  start_reporting();
  EXPECT_EQ(reported_, "");
}

TEST_F(CrashLedgerTest, SettlesWhatIsReportedWhenItIsStopped) {
  start_reporting();
  note("boom");
  world_.run();
  ledger_->note_reported(fingerprint(), 1);
  stop_ledger();
  start_reporting();
  EXPECT_EQ(reported_, "");
}

TEST_F(CrashLedgerTest, HasNothingReportedOfTheTimeWhenNobodyWantedReports) {
  note("boom");
  world_.run();
  stop_ledger();
  start_reporting();
  EXPECT_EQ(counts(), "1");
  EXPECT_EQ(reported_, "");
}

TEST_F(CrashLedgerTest, WritesWhatIsLeftWhenItIsStopped) {
  note("boom");
  world_.run();
  note("bang");
  stop_ledger();
  EXPECT_EQ(counts(), "1 1");
}

}  // namespace
}  // namespace coppice::app::crashes
