#include "app/crashes/fatal_signals.hpp"

#include <chrono>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <tuple>
#include <unistd.h>

#include <gtest/gtest.h>

#include "actors/server.hpp"
#include "app/crashes/report_folder.hpp"
#include "app/crashes/signal_writer.hpp"
#include "app/log_output.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app::crashes {
namespace {

/// Raises a signal in its handler. Sanitizers leave this one to us.
class Fatal final : public actors::Server<Fatal> {
 public:
  void init() { continue_with(Illegal{}); }
  struct Illegal {};
  void handle(Illegal /*message*/) { std::raise(SIGILL); }
};

[[noreturn]] void end_in_a_handler(const ReportSettings& settings) {
  catch_fatal_signals(settings);
  actors::Runtime runtime({.shards = 1});
  give_signal_stacks(runtime);
  std::ignore = actors::spawn<Fatal>(runtime, {});
  for (;;) pause();
}

/// Whether a report is there from its beginning to its end.
bool has_whole_report(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream file(entry.path());
    const std::string text(std::istreambuf_iterator<char>(file), {});
    if (text.ends_with("\nend\n")) return true;
  }
  return false;
}

/// Dies with a line that its log's own thread does not write before the handler is done with all
/// else: without somebody who waits, there is no time for it.
[[noreturn]] void end_with_a_slow_log(ReportSettings settings) {
  constexpr std::size_t kMostBytes = 100;
  static constexpr std::chrono::milliseconds kLook(10);
  // Asked before a line is written if some were left out.
  LogOutput log(
      STDERR_FILENO,
      [folder = settings.folder](std::uint64_t /*count*/) {
        do {
          std::this_thread::sleep_for(kLook);
        } while (!has_whole_report(folder));
        return std::string();
      },
      kMostBytes);
  settings.log_holders = log.holders();
  catch_fatal_signals(settings);
  log.put(std::string(kMostBytes, 'x') + "\n");
  log.put("last words\n");
  std::raise(SIGILL);
  for (;;) pause();
}

class FatalSignalsDeathTest : public testing::Test {
 protected:
  FatalSignalsDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(FatalSignalsDeathTest, WaitForWhatTheLogHasStillToWrite) {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("coppice-fatal-signals-log-" + std::to_string(getuid()));
  std::filesystem::remove_all(folder);
  ASSERT_TRUE(make_report_folder(folder));
  const ReportSettings settings{.folder = folder.string(), .database = "/a.db", .version = "1.2.3"};
  EXPECT_EXIT(end_with_a_slow_log(settings), testing::KilledBySignal(SIGILL), "last words");
  std::filesystem::remove_all(folder);
}

TEST_F(FatalSignalsDeathTest, LeaveAReportAndTheSameExitStatus) {
  // The test runs again in the child, which must use the same folder.
  const auto folder = std::filesystem::temp_directory_path() /
                      ("coppice-fatal-signals-" + std::to_string(getuid()));
  ASSERT_TRUE(make_report_folder(folder));
  const ReportSettings settings{
      .folder = folder.string(), .database = "/a\nb.db", .version = "1.2.3"};
  EXPECT_EXIT(end_in_a_handler(settings), testing::KilledBySignal(SIGILL), "");
  const auto found = find_reports(folder, "/a?b.db").ours;
  ASSERT_FALSE(found.empty());
  const Crash& crash = found.back().crash;
  EXPECT_EQ(crash.exception, "SIGILL");
  EXPECT_EQ(crash.version, "1.2.3");
  EXPECT_NE(crash.reason.find("by the process itself"), std::string::npos) << crash.reason;
  EXPECT_NE(crash.actor.find("Fatal"), std::string::npos) << crash.actor;
  EXPECT_NE(crash.message.find("Illegal"), std::string::npos) << crash.message;
  EXPECT_NE(crash.stack.find("Fatal::handle"), std::string::npos) << crash.stack;
  std::filesystem::remove_all(folder);
}

TEST(SignalWriter, WritesWhatIsLargerThanItsBuffer) {
  const db::TemporaryDirectory directory;
  {
    SignalWriter out((directory / "coppice-").string());
    out.text("coppice-crash 1\nsignal ").number(SIGSEGV).text("\naddress ").hex(0x1F).text("\n");
    out.text("database /a.db\nmessage ").text(std::string(5000, 'x')).text("\nend\n");
  }
  const auto found = find_reports(directory / "", "/a.db").ours;
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found.front().crash.exception, "SIGSEGV");
  EXPECT_EQ(found.front().crash.reason, "SIGSEGV (Segmentation fault) at 0x1f");
}

TEST(SignalWriter, WritesNowhereIfThereIsNoFolder) {
  SignalWriter out("/no/such/folder/coppice-");
  out.text("lost").flush();
  EXPECT_FALSE(std::filesystem::exists("/no/such/folder"));
}

}  // namespace
}  // namespace coppice::app::crashes
