#include "db/readiness.hpp"

#include <gtest/gtest.h>

namespace coppice::db {
namespace {

using actors::Errc;

TEST(Readiness, IsNotReadyBeforeAnythingHasBeenStarted) {
  const Readiness readiness;
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.check().error(), Errc::unavailable);
  EXPECT_EQ(readiness.check().error().context, "the database has not been started");
}

TEST(Readiness, TellsWhyNot) {
  Readiness readiness;
  readiness.set_failed("no such table");
  EXPECT_EQ(readiness.report().state, Readiness::State::failed);
  EXPECT_EQ(readiness.check().error().context, "no such table");
}

TEST(Readiness, ForgetsTheReasonWhenReady) {
  Readiness readiness;
  readiness.set_failed("no such table");
  readiness.set_ready();
  EXPECT_TRUE(readiness.ready());
  EXPECT_TRUE(readiness.check());
  EXPECT_EQ(readiness.report().reason, "");
}

TEST(Readiness, ItsStatesHaveNames) {
  EXPECT_EQ(to_string(Readiness::State::starting), "starting");
  EXPECT_EQ(to_string(Readiness::State::ready), "ready");
  EXPECT_EQ(to_string(Readiness::State::failed), "failed");
}

}  // namespace
}  // namespace coppice::db
