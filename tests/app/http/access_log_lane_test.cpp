#include "app/http/access_log_lane.hpp"

#include <gtest/gtest.h>

#include "app/http/committed.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::http {
namespace {

using namespace std::chrono_literals;
using net::http::Method;
using net::http::Outcome;
using net::http::Request;
using net::http::Status;
using Fill = AccessLogLane::Fill;

Request request_from(const char* client, std::string target, std::string id) {
  Request request;
  request.method = Method::post;
  request.client = boost::asio::ip::make_address(client);
  request.target = std::move(target);
  request.id = std::move(id);
  request.received_at = actors::Time(5s);
  return request;
}

constexpr Outcome kOutcome{
    .status = Status::created, .body_bytes = 12, .duration = 3ms, .whole = false};

TEST(AccessLogLane, GivesBackWhatItWasTold) {
  AccessLogLane lane;
  EXPECT_EQ(lane.add(request_from("192.0.2.7", "/a?b=1", "an-id"), kOutcome), Fill::was_empty);
  EXPECT_EQ(lane.add(request_from("fe80::1%3", "", ""), kOutcome), Fill::some);
  std::string records;
  EXPECT_EQ(lane.take(records), 0U);

  std::string_view rest = records;
  const auto first = next_entry(rest);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->target, "/a?b=1");
  EXPECT_EQ(first->id, "an-id");
  EXPECT_EQ(first->record.finished, actors::Time(5s + 3ms));
  EXPECT_EQ(first->record.duration, 3ms);
  EXPECT_EQ(first->record.body_bytes, 12U);
  EXPECT_EQ(first->record.status, Status::created);
  EXPECT_EQ(first->record.method, Method::post);
  EXPECT_FALSE(first->record.whole);
  EXPECT_EQ(client_of(first->record).to_string(), "192.0.2.7");
  const auto second = next_entry(rest);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->target, "");
  EXPECT_EQ(second->id, "");
  EXPECT_EQ(client_of(second->record), boost::asio::ip::make_address("fe80::1%3"));
  EXPECT_FALSE(next_entry(rest));
}

TEST(AccessLogLane, KeepsThePositionOfACommit) {
  AccessLogLane lane;
  auto request = request_from("192.0.2.7", "/a", "an-id");
  request.assigns.set(Committed{{.epoch = 7, .sequence = 9}});
  lane.add(request, kOutcome);
  lane.add(request_from("192.0.2.7", "/a", "an-id"), kOutcome);
  std::string records;
  lane.take(records);
  std::string_view rest = records;
  EXPECT_EQ(next_entry(rest)->record.position, (db::Position{.epoch = 7, .sequence = 9}));
  EXPECT_EQ(next_entry(rest)->record.position, db::Position());
}

TEST(AccessLogLane, KeepsWhichActorIsBehindTheConnection) {
  AccessLogLane lane;
  const auto root = actors::Place::root();
  auto request = request_from("192.0.2.7", "/a", "an-id");
  request.peer.link = std::make_shared<net::ConnectionLink>(net::ConnectionLink{
      .actor = {},
      .place = root->add_child("connection#7", actors::Place::Kind::worker, "a connection")});
  lane.add(request, kOutcome);
  lane.add(request_from("192.0.2.7", "/b", "another-id"), kOutcome);
  request.peer.link.reset();  // a record has what it needs
  std::string records;
  lane.take(records);
  std::string_view rest = records;
  const auto first = next_entry(rest);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->actor, "/connection#7");
  EXPECT_EQ(first->id, "an-id");
  const auto second = next_entry(rest);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->actor, "");
  EXPECT_EQ(second->target, "/b");
}

TEST(AccessLogLane, CutsALongTarget) {
  AccessLogLane lane;
  lane.add(request_from("192.0.2.7", "/" + std::string(1000, 'x'), "an-id"), kOutcome);
  std::string records;
  lane.take(records);
  std::string_view rest = records;
  const auto entry = next_entry(rest);
  ASSERT_TRUE(entry);
  EXPECT_EQ(entry->target.size(), 512U);
  EXPECT_EQ(entry->id, "an-id");
}

TEST(AccessLogLane, SaysOnceThatItIsHalfFullAndCountsWhatHasNoPlace) {
  AccessLogLane lane;
  const auto request = request_from("192.0.2.7", "/" + std::string(500, 'x'), "an-id");
  std::string records;
  for (int round = 0; round < 2; ++round) {
    int half = 0;
    for (int i = 0; i < 10'000; ++i) half += lane.add(request, kOutcome) == Fill::half ? 1 : 0;
    EXPECT_EQ(half, 1);
    const auto left_out = lane.take(records);
    EXPECT_LE(records.size(), AccessLogLane::kMostBytes);
    std::uint64_t kept = 0;
    for (std::string_view rest = records; next_entry(rest);) ++kept;
    EXPECT_EQ(kept + left_out, 10'000U);
    EXPECT_GT(left_out, 0U);
  }
}

}  // namespace
}  // namespace coppice::app::http
