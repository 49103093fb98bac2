#include "actors/place.hpp"

#include <gtest/gtest.h>

#include "actors/place_settled.hpp"

namespace coppice::actors {
namespace {

const Pid kPid(0, 1, 1);
constexpr Time kNow(std::chrono::seconds(5));

class PlaceTest : public testing::Test {
 protected:
  std::shared_ptr<Place> root_ = Place::root();
  std::shared_ptr<Place> database_ =
      root_->add_child("database", Place::Kind::supervisor, "the data");
  std::shared_ptr<Place> writer_ = database_->add_child("writer", Place::Kind::worker, "writes");
};

TEST_F(PlaceTest, HasAPathAndIsFoundByIt) {
  EXPECT_EQ(root_->path(), "/");
  EXPECT_EQ(database_->path(), "/database");
  EXPECT_EQ(writer_->path(), "/database/writer");
  EXPECT_EQ(root_->find("database/writer"), writer_);
  EXPECT_EQ(root_->find("/database/writer/"), writer_);
  EXPECT_EQ(root_->find(""), root_);
  EXPECT_EQ(root_->find("/"), root_);
  EXPECT_EQ(database_->find("writer"), writer_);
  EXPECT_EQ(root_->find("database/reader"), nullptr);
  EXPECT_EQ(writer_->parent(), database_);
}

TEST_F(PlaceTest, HasADescriptionOfItsOwn) {
  const auto one = database_->add_child("one", Place::Kind::worker, "reads");
  const auto other = database_->add_child("other", Place::Kind::worker, "reads");
  one->describe("rests");
  EXPECT_EQ(one->snapshot().description, "rests");
  EXPECT_EQ(other->snapshot().description, "reads");
  EXPECT_EQ(one->snapshot().id, "one");
  EXPECT_EQ(root_->snapshot().id, "");
}

TEST_F(PlaceTest, OutlivesTheIncarnationsOfItsSupervisor) {
  EXPECT_EQ(database_->child("writer", Place::Kind::worker, "writes more"), writer_);
  EXPECT_EQ(writer_->snapshot().description, "writes more");
  EXPECT_NE(database_->child("reader", Place::Kind::worker, ""), nullptr);
  EXPECT_EQ(database_->children().size(), 2U);
}

TEST_F(PlaceTest, CountsIncarnationsAndRestarts) {
  EXPECT_EQ(writer_->epoch(), 0U);
  writer_->starting(/*counts_as_restart=*/false);
  writer_->running(kPid, kNow);
  EXPECT_EQ(writer_->epoch(), 1U);
  EXPECT_EQ(writer_->pid(), kPid);
  writer_->restarting(kNow);
  EXPECT_FALSE(writer_->pid()) << "nobody may be talked to meanwhile";
  EXPECT_EQ(writer_->snapshot().next_attempt_at, kNow);
  writer_->starting(/*counts_as_restart=*/true);
  writer_->running(kPid, kNow);
  const auto snapshot = writer_->snapshot();
  EXPECT_EQ(snapshot.epoch, 2U);
  EXPECT_EQ(snapshot.restarts, 1U);
  EXPECT_EQ(snapshot.state, Place::State::running);
  EXPECT_EQ(snapshot.started_at, kNow);
  EXPECT_FALSE(snapshot.next_attempt_at);
}

TEST_F(PlaceTest, ResolvesToItsIncarnationOrSaysWhyNot) {
  EXPECT_EQ(resolve_place(*writer_).error(), Errc::restarting) << "it is starting";
  writer_->running(kPid, kNow);
  EXPECT_EQ(resolve_place(*writer_), kPid);
  writer_->restarting(std::nullopt);
  EXPECT_EQ(resolve_place(*writer_).error(), Errc::restarting);
  writer_->stopped();
  EXPECT_EQ(resolve_place(*writer_).error(), Errc::noproc);
  writer_->remove();
  EXPECT_EQ(resolve_place(*writer_).error(), Errc::noproc);
}

TEST_F(PlaceTest, TellsWhoWaitsOnceItIsSettled) {
  int told = 0;
  const auto tell = [&] { ++told; };
  EXPECT_NE(writer_->when_settled(tell), 0U);
  const auto token = writer_->when_settled(tell);
  writer_->cancel_wait(token);
  EXPECT_EQ(told, 0);
  writer_->running(kPid, kNow);
  EXPECT_EQ(told, 1);
  EXPECT_EQ(writer_->when_settled(tell), 0U) << "at once";
  EXPECT_EQ(told, 2);
}

TEST_F(PlaceTest, IsSettledWhenItIsStoppedOrRemoved) {
  int told = 0;
  writer_->when_settled([&] { ++told; });
  database_->stopped();
  EXPECT_EQ(told, 1) << "with its parent";
  writer_->starting(/*counts_as_restart=*/true);
  writer_->when_settled([&] { ++told; });
  database_->remove();
  EXPECT_EQ(told, 2);
  EXPECT_TRUE(root_->children().empty());
  EXPECT_EQ(writer_->state(), Place::State::removed);
}

TEST_F(PlaceTest, IsBetweenTwoIncarnationsWhenItsActorEndsUntilTheSupervisorDecides) {
  writer_->running(kPid, kNow);
  writer_->ended(Pid(0, 9, 9), /*is_supervised=*/true);
  EXPECT_EQ(writer_->pid(), kPid) << "that was somebody else";
  writer_->ended(kPid, /*is_supervised=*/true);
  EXPECT_EQ(resolve_place(*writer_).error(), Errc::restarting);
}

TEST_F(PlaceTest, IsStoppedWhenItsActorEndsAndNobodySupervisesIt) {
  database_->running(kPid, kNow);
  writer_->running(kPid, kNow);
  database_->ended(kPid, /*is_supervised=*/false);
  EXPECT_EQ(database_->state(), Place::State::stopped);
  EXPECT_EQ(writer_->state(), Place::State::stopped) << "and what was below it";
}

TEST_F(PlaceTest, KeepsTheLastCrash) {
  const auto crash = std::make_shared<CrashReport>();
  crash->message_type = "M";
  writer_->record_crash(crash);
  EXPECT_EQ(writer_->snapshot().last_crash->message_type, "M");
}

}  // namespace
}  // namespace coppice::actors
