#include "app/http/recent_requests.hpp"

#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace coppice::app::http {
namespace {

using namespace std::chrono_literals;
using net::http::Method;
using net::http::Outcome;
using net::http::Request;
using net::http::Status;

class RecentRequestsTest : public testing::Test {
 protected:
  void answer(const std::string& path, actors::Time begun, actors::Duration took = 1ms) {
    Request request;
    request.method = Method::post;
    request.path = path;
    request.target = path + "?token=secret";
    request.received_at = begun;
    request.id = id_;
    recent_.add(request, Outcome{.status = Status::created, .body_bytes = 3, .duration = took});
  }

  const actors::Time start_ = std::chrono::steady_clock::now() - 10s;
  std::string id_ = "abcdefgh";
  RecentRequests recent_;
};

TEST_F(RecentRequestsTest, SaysWhatWasAnsweredAndNoQuery) {
  answer("/api/posts", start_, 20ms);
  const auto seen = recent_.list();
  ASSERT_EQ(seen.size(), 1);
  EXPECT_EQ(seen[0].path, "/api/posts");
  EXPECT_EQ(seen[0].method, Method::post);
  EXPECT_EQ(seen[0].status, Status::created);
  EXPECT_EQ(seen[0].duration, 20ms);
  EXPECT_TRUE(seen[0].whole);
  EXPECT_EQ(seen[0].id, "abcdefgh");
  const auto age = std::chrono::system_clock::now() - seen[0].at;
  EXPECT_GT(age, 9s);
  EXPECT_LT(age, 60s);
}

TEST_F(RecentRequestsTest, KeepsTheNewestOfAllThreads) {
  answer("/first", start_);
  std::jthread([this] { answer("/second", start_ + 1s); }).join();
  answer("/third", start_ + 2s);
  const auto seen = recent_.list();
  ASSERT_EQ(seen.size(), 3);
  EXPECT_EQ(seen[0].path, "/third");
  EXPECT_EQ(seen[1].path, "/second");
  EXPECT_EQ(seen[2].path, "/first");
}

TEST_F(RecentRequestsTest, IsBounded) {
  for (std::size_t n = 0; n < RecentRequests::kKept + 7; ++n) {
    answer("/" + std::to_string(n), start_ + n * 1ms);
  }
  const auto seen = recent_.list();
  ASSERT_EQ(seen.size(), RecentRequests::kKept);
  EXPECT_EQ(seen.front().path, "/106");
  EXPECT_EQ(seen.back().path, "/7");
}

TEST_F(RecentRequestsTest, CutsAndCleansPaths) {
  answer("/\x1b[31m" + std::string(200, 'a'), start_);
  const auto seen = recent_.list();
  EXPECT_EQ(seen[0].path.size(), RecentRequests::kLongestPath);
  EXPECT_TRUE(seen[0].path.starts_with("/?[31maaa")) << seen[0].path;
}

TEST_F(RecentRequestsTest, CutsIds) {
  id_ = std::string(200, 'i');
  answer("/", start_);
  EXPECT_EQ(recent_.list()[0].id, std::string(RecentRequests::kLongestId, 'i'));
}

}  // namespace
}  // namespace coppice::app::http
