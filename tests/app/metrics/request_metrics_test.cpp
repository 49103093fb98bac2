#include "app/metrics/request_metrics.hpp"

#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "app/metrics/exposition.hpp"

namespace coppice::app::metrics {
namespace {

using net::http::Outcome;
using net::http::Request;
using net::http::Response;
using net::http::Route;
using net::http::Status;
using std::chrono::microseconds;

Route route(const char* pattern) {
  net::http::PlainHandler handler = [](const Request& /*request*/) {
    return Response::text(Status::ok, "");
  };
  return net::http::get(pattern, std::move(handler));
}

class RequestMetricsTest : public testing::Test {
 protected:
  void answer(const Route* of, Status status, microseconds duration = microseconds(80)) {
    Request request;
    request.route = of;
    metrics_->add(request, {.status = status, .body_bytes = 10, .duration = duration});
  }

  [[nodiscard]] std::string text() const {
    Exposition exposition;
    exposition.add(metrics_);
    return exposition.text();
  }

  /// The value of one line; -1 if there is none such.
  [[nodiscard]] double value(const std::string& series) const {
    const std::string all = text();
    const auto at = all.find("\n" + series + " ");
    return at == std::string::npos ? -1 : std::stod(all.substr(at + series.size() + 2));
  }

  const std::vector<Route> routes_{route("/a"), route("/b/:id")};
  std::shared_ptr<RequestMetrics> metrics_ = std::make_shared<RequestMetrics>(routes_);
};

TEST_F(RequestMetricsTest, CountRequestsByRouteAndStatus) {
  answer(routes_.data(), Status::ok);
  answer(&routes_[1], Status::ok);
  answer(&routes_[1], Status::ok);
  answer(&routes_[1], Status::header_fields_too_large);
  const std::string name = "coppice_http_requests_total";
  EXPECT_EQ(value(name + R"({method="GET",route="/a",status="200"})"), 1);
  EXPECT_EQ(value(name + R"({method="GET",route="/b/:id",status="200"})"), 2);
  EXPECT_EQ(value(name + R"({method="GET",route="/b/:id",status="431"})"), 1);
}

TEST_F(RequestMetricsTest, CountWhatNoRouteTakesTogether) {
  answer(nullptr, Status::not_found);
  answer(nullptr, Status::bad_request);
  const std::string name = "coppice_http_requests_total";
  EXPECT_EQ(value(name + R"({method="any",route="unmatched",status="404"})"), 1);
  EXPECT_EQ(value(name + R"({method="any",route="unmatched",status="400"})"), 1);
}

TEST_F(RequestMetricsTest, LeaveOutWhatHasNotHappened) {
  answer(routes_.data(), Status::ok);
  EXPECT_EQ(text().find("/b/:id"), std::string::npos);
}

TEST_F(RequestMetricsTest, PutDurationsIntoBucketsThatAddUp) {
  answer(routes_.data(), Status::ok, microseconds(100));  // a bound belongs to its bucket
  answer(routes_.data(), Status::ok, microseconds(101));
  answer(routes_.data(), Status::ok, microseconds(20'000'000));
  const std::string name = "coppice_http_request_duration_seconds";
  EXPECT_EQ(value(name + R"(_bucket{method="GET",route="/a",le="0.0001"})"), 1);
  EXPECT_EQ(value(name + R"(_bucket{method="GET",route="/a",le="0.00025"})"), 2);
  EXPECT_EQ(value(name + R"(_bucket{method="GET",route="/a",le="10"})"), 2);
  EXPECT_EQ(value(name + R"(_bucket{method="GET",route="/a",le="+Inf"})"), 3);
  EXPECT_EQ(value(name + R"(_count{method="GET",route="/a"})"), 3);
  EXPECT_DOUBLE_EQ(value(name + R"(_sum{method="GET",route="/a"})"), 20.000201);
}

TEST_F(RequestMetricsTest, CountBytesAndAnswersThatWereCut) {
  Request request;
  request.route = routes_.data();
  metrics_->add(request, {.status = Status::ok, .body_bytes = 7, .duration = {}, .whole = false});
  answer(routes_.data(), Status::ok);
  EXPECT_EQ(value(R"(coppice_http_response_body_bytes_total{method="GET",route="/a"})"), 17);
  EXPECT_EQ(value(R"(coppice_http_answers_cut_total{method="GET",route="/a"})"), 1);
}

TEST_F(RequestMetricsTest, AddUpWhatMoreThreadsCountThanThereAreLanes) {
  constexpr int kThreads = 20;
  constexpr int kEach = 1000;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([this] {
        for (int n = 0; n < kEach; ++n) answer(routes_.data(), Status::ok);
      });
    }
  }
  EXPECT_EQ(value(R"(coppice_http_requests_total{method="GET",route="/a",status="200"})"),
            kThreads * kEach);
}

}  // namespace
}  // namespace coppice::app::metrics
