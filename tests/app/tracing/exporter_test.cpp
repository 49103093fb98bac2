#include "app/tracing/exporter.hpp"

#include <deque>
#include <tuple>

#include <gtest/gtest.h>

#include "actors/testkit/world.hpp"

namespace coppice::app::tracing {
namespace {

using actors::Errc;
using actors::Result;
using outgoing::HttpRequest;
using outgoing::HttpResponse;
using std::chrono::seconds;

/// A collector that answers as it is told to, and 200 otherwise.
struct Collector {
  std::deque<Result<HttpResponse>> answers;
  std::vector<HttpRequest> requests;

  Result<HttpResponse> take(const HttpRequest& request) {
    requests.push_back(request);
    if (answers.empty()) return HttpResponse{.status = 200, .body = {}, .retry_after = {}};
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }
};

class ExporterTest : public ::testing::Test {
 protected:
  ExporterTest() {
    const Settings settings{.url = "http://collector/v1/traces", .headers = {"x-key: 1"}};
    exporter_ = world_.spawn<Exporter>(
        tracer_, settings, "1.0",
        [collector = collector_](const HttpRequest& request, const std::stop_token& /*stop*/) {
          return collector->take(request);
        });
  }

  void record(std::size_t spans) {
    for (std::size_t i = 0; i < spans; ++i) tracer_->record({.name = "x"});
  }
  void answer(long status, std::string retry_after = {}) {
    collector_->answers.emplace_back(
        HttpResponse{.status = status, .body = {}, .retry_after = std::move(retry_after)});
  }
  [[nodiscard]] std::size_t requests() const { return collector_->requests.size(); }

  actors::testkit::World world_;
  std::shared_ptr<Collector> collector_ = std::make_shared<Collector>();
  TracerPtr tracer_ = std::make_shared<Tracer>(1);
  actors::Ref<Exporter> exporter_;
};

TEST_F(ExporterTest, SendsWhatWaitsInBatches) {
  world_.advance(seconds(6));
  EXPECT_EQ(requests(), 0U) << "nothing waits";
  record(600);
  world_.advance(seconds(5));
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(collector_->requests[0].url, "http://collector/v1/traces");
  EXPECT_EQ(collector_->requests[0].headers,
            (std::vector<std::string>{"x-key: 1", "content-type: application/json"}));
  EXPECT_EQ(tracer_->waiting(), 0U);
  EXPECT_EQ(tracer_->sent(), 600U);
}

TEST_F(ExporterTest, SendsABatchAgainThatWasNotTaken) {
  record(1);
  answer(503);
  world_.advance(seconds(5));
  EXPECT_EQ(requests(), 1U);
  world_.advance(seconds(5));
  ASSERT_EQ(requests(), 2U);
  EXPECT_EQ(collector_->requests[0].body, collector_->requests[1].body);
  world_.advance(seconds(10));
  EXPECT_EQ(requests(), 2U);
  EXPECT_EQ(tracer_->dropped(), 0U);
}

TEST_F(ExporterTest, HasThePatienceThatItIsAskedFor) {
  record(1);
  answer(429, "30");
  world_.advance(seconds(30));
  EXPECT_EQ(requests(), 1U);
  world_.advance(seconds(10));
  EXPECT_EQ(requests(), 2U);
}

TEST_F(ExporterTest, DropsWhatWillNeverBeTaken) {
  record(3);
  answer(400);
  world_.advance(seconds(20));
  EXPECT_EQ(requests(), 1U);
  EXPECT_EQ(tracer_->dropped(), 3U);
  EXPECT_EQ(tracer_->sent(), 0U);
}

TEST_F(ExporterTest, GivesUpOnABatchAtLast) {
  record(2);
  for (int i = 0; i < 9; ++i) collector_->answers.emplace_back(actors::fail(Errc::unavailable));
  world_.advance(seconds(60));
  EXPECT_EQ(requests(), 5U);
  EXPECT_EQ(tracer_->dropped(), 2U);
}

TEST_F(ExporterTest, SendsTheRestAtItsEnd) {
  record(2);
  std::ignore = world_.stop(exporter_.pid());
  ASSERT_EQ(requests(), 1U);
  EXPECT_EQ(collector_->requests[0].timeout, seconds(1));
  EXPECT_EQ(tracer_->sent(), 2U);
}

}  // namespace
}  // namespace coppice::app::tracing
