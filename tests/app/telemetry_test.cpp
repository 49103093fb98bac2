#include "app/telemetry.hpp"

#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"
#include "app/crashes/part_crashes.hpp"

namespace coppice::app {
namespace {

class TelemetryTest : public testing::Test {
 protected:
  TelemetryTest() { world_.spawn<Telemetry>(journal_); }

  /// What is kept of the crash of a handler, as one line of JSON.
  std::string crash_in(const std::string& request_id) {
    const auto failure = std::make_exception_ptr(std::runtime_error("boom"));
    crashes_.report("GET /api/posts", failure, "", request_id);
    world_.run();
    return journal_->last([](const Note& note) { return note.kind == "actor.crash"; }, 1);
  }

  const std::shared_ptr<Journal> journal_ = std::make_shared<Journal>(Telemetry::kRemembered);
  actors::testkit::World world_;
  crashes::PartCrashes crashes_{world_.runtime(), "handler", "request"};
};

TEST_F(TelemetryTest, SaysInWhichRequestAHandlerCrashed) {
  const auto line = crash_in("abcdefgh");
  EXPECT_NE(line.find(R"("request_id":"abcdefgh")"), std::string::npos) << line;
}

TEST_F(TelemetryTest, NamesNoRequestWhereThereIsNone) {
  const auto line = crash_in("");
  EXPECT_NE(line.find("boom"), std::string::npos) << line;
  EXPECT_EQ(line.find("request_id"), std::string::npos) << line;
}

}  // namespace
}  // namespace coppice::app
