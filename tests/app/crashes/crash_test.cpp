#include "app/crashes/crash.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

namespace coppice::app::crashes {
namespace {

actors::ExitReason failure(const std::string& text) {
  return actors::reason_of(std::make_exception_ptr(std::runtime_error(text)), "Tick");
}

std::int64_t print_of(std::string_view path, const actors::ExitReason& reason) {
  return fingerprint_of(
      {.kind = actors::EventKind::actor_crash, .path = path, .type = "Worker", .reason = &reason});
}

TEST(Fingerprint, IsOneForTheChildrenOfADynamicSupervisor) {
  const auto reason = failure("boom");
  EXPECT_EQ(print_of("/http/connections/connection#1", reason),
            print_of("/http/connections/connection#22", reason));
  EXPECT_NE(print_of("/readers/reader-1", reason), print_of("/readers/reader-2", reason));
}

TEST(Fingerprint, IsOneForTheTopicsThatClientsThinkOf) {
  const auto reason = failure("boom");
  const auto of_topic = [&reason](std::string_view topic) {
    return fingerprint_of({.kind = actors::EventKind::actor_crash,
                           .path = topic,
                           .type = "channel",
                           .reason = &reason});
  };
  EXPECT_EQ(of_topic("room:a"), of_topic("room:b"));
  EXPECT_NE(of_topic("room:a"), of_topic("changes:a"));
}

TEST(Fingerprint, TellsReasonsApart) {
  EXPECT_NE(print_of("/a", failure("boom")), print_of("/a", failure("bang")));
}

TEST(Fingerprint, TellsPlacesInTheCodeApart) {
  const auto thrown_at = [](std::uintptr_t address) {
    actors::ExceptionInfo info;
    info.type = "std::runtime_error";
    // NOLINTNEXTLINE(performance-no-int-to-ptr): nobody follows it
    info.stack = {reinterpret_cast<const void*>(address)};
    return actors::ExitReason::error(std::move(info));
  };
  EXPECT_NE(print_of("/a", thrown_at(0x1000)), print_of("/a", thrown_at(0x2000)));
}

TEST(RawCrash, HasWhatTheReportHas) {
  actors::CrashReport report;
  report.message_type = "Tick";
  report.state = "3 waiting";
  report.incarnation = 4;
  report.mailbox_depth = 5;
  report.handled = 6;
  const auto reason = failure("boom");
  const auto raw = raw_crash({.kind = actors::EventKind::actor_crash,
                              .path = "/jobs/x",
                              .type = "Worker",
                              .reason = &reason,
                              .crash = &report},
                             7, "1.2.3");
  const Crash& crash = raw.crash;
  EXPECT_EQ(crash.path, "/jobs/x");
  EXPECT_EQ(crash.actor, "Worker");
  EXPECT_EQ(crash.message, "Tick");
  EXPECT_EQ(crash.exception, "std::runtime_error");
  EXPECT_EQ(crash.reason, "error(std::runtime_error: boom)");
  EXPECT_EQ(crash.state, "3 waiting");
  EXPECT_EQ(crash.incarnation, 4);
  EXPECT_EQ(crash.mailbox, 5);
  EXPECT_EQ(crash.handled, 6);
  EXPECT_EQ(crash.version, "1.2.3");
  EXPECT_EQ(crash.count, 1);
  EXPECT_GT(crash.at, 0);
}

TEST(RawCrash, StandsForThoseThatWereNotReported) {
  const auto reason = failure("boom");
  const actors::Event event{.kind = actors::EventKind::actor_crash,
                            .path = "room:1",
                            .type = "channel",
                            .value = 9,
                            .reason = &reason};
  EXPECT_EQ(raw_crash(event, 1, "").crash.count, 9);
}

TEST(UtcMilliseconds, HasThreeDigits) {
  EXPECT_EQ(utc_milliseconds(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
}

}  // namespace
}  // namespace coppice::app::crashes
