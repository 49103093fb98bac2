#include "app/crashes/signal_report.hpp"

#include <csignal>
#include <string>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/crashes/modules.hpp"

namespace coppice::app::crashes {
namespace {

constexpr std::string_view kReport =
    "coppice-crash 1\nsignal 11\ncode 1\naddress 0x10\ntime 1800000000\nprocess 7\nthread 8\n"
    "version 1.2.3\nbuild abc\ndatabase /data/a b.db\nactor coppice::X\nmessage Tick\n"
    "colour blue\nframe 0x1f /usr/bin/coppice\nframe 0x2 ?\nend\n";

bool reads(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(SignalReport, IsReadLineByLine) {
  const auto report = parse_signal_report(kReport);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->signal, SIGSEGV);
  EXPECT_EQ(report->code, 1);
  EXPECT_EQ(report->thread, 8);
  EXPECT_EQ(report->database, "/data/a b.db");
  EXPECT_EQ(report->message, "Tick");
  ASSERT_EQ(report->frames.size(), 2U);
  EXPECT_EQ(report->frames.front().offset, 0x1FU);
  EXPECT_EQ(report->frames.front().module, "/usr/bin/coppice");
}

TEST(SignalReport, MayBeCutAnywhere) {
  for (std::size_t size = kReport.find('\n'); size < kReport.size(); ++size) {
    ASSERT_TRUE(parse_signal_report(kReport.substr(0, size))) << size;
  }
  EXPECT_FALSE(parse_signal_report("coppice-crash"));
  EXPECT_FALSE(parse_signal_report(""));
}

TEST(SignalReport, BecomesACrashWithWhatAddr2lineNeeds) {
  const auto crash = crash_of(*parse_signal_report(kReport));
  EXPECT_EQ(crash.kind, "signal");
  EXPECT_EQ(crash.exception, "SIGSEGV");
  EXPECT_EQ(crash.reason, "SIGSEGV (Segmentation fault) at 0x10: nothing is there");
  EXPECT_EQ(crash.at, 1'800'000'000'000);
  EXPECT_EQ(crash.pid, "7/8");
  EXPECT_EQ(crash.actor, "coppice::X");
  EXPECT_EQ(crash.version, "1.2.3");
  EXPECT_TRUE(reads(crash.stack, "build, abc")) << crash.stack;
  EXPECT_TRUE(reads(crash.stack, "coppice+0x1f\n")) << crash.stack;
}

TEST(SignalReport, SaysWhoSentASignal) {
  SignalReport report{.signal = SIGABRT, .sender = 5, .process = 7};
  EXPECT_EQ(crash_of(report).reason, "SIGABRT (Aborted), sent by process 5");
  report.sender = 7;
  EXPECT_EQ(crash_of(report).reason, "SIGABRT (Aborted), by the process itself");
  report = {.signal = 400};
  EXPECT_EQ(crash_of(report).reason, "signal 400");
}

TEST(SignalReport, NamesTheFunctionsOfThisBuild) {
  const auto program = loaded_modules().front();
  const auto address = reinterpret_cast<std::uintptr_t>(&parse_signal_report);
  SignalReport report{.signal = SIGSEGV, .build = own_build_id()};
  report.frames.push_back({.offset = address + 1 - program.base, .module = program.path});
  report.frames.push_back({.offset = 0x5, .module = "/no/such/library.so"});
  const auto crash = crash_of(report);
  EXPECT_TRUE(reads(crash.stack, "parse_signal_report")) << crash.stack;
  EXPECT_TRUE(reads(crash.stack, "library.so+0x5\n")) << crash.stack;
}

TEST(SignalReport, TellsPlacesApartAndFoldsEqualOnes) {
  SignalReport report{.signal = SIGSEGV, .frames = {{.offset = 1}}};
  const auto first = crash_of(report).fingerprint;
  report.process = 9;
  EXPECT_EQ(crash_of(report).fingerprint, first);
  report.frames.front().offset = 2;
  EXPECT_NE(crash_of(report).fingerprint, first);
}

TEST(Modules, BeginWithTheProgram) {
  const auto modules = loaded_modules();
  ASSERT_FALSE(modules.empty());
  const auto here = reinterpret_cast<std::uintptr_t>(&loaded_modules);
  EXPECT_LE(modules.front().begin, here);
  EXPECT_GT(modules.front().end, here);
  EXPECT_TRUE(reads(modules.front().path, "app_tests")) << modules.front().path;
  EXPECT_NE(own_build_id(), "none");
}

}  // namespace
}  // namespace coppice::app::crashes
