#include "app/metrics/request_metrics.hpp"

#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "app/metrics/exposition.hpp"

namespace coppice::app::metrics {
namespace {

using net::http::Method;
using net::http::Outcome;
using net::http::Request;
using net::http::Response;
using net::http::Route;
using net::http::Status;
using std::chrono::microseconds;

net::http::PlainHandler handler() {
  return [](const Request& /*request*/) { return Response::text(Status::ok, ""); };
}

struct How {
  Method method = Method::get;
  microseconds duration{80};
};

class RequestMetricsTest : public testing::Test {
 protected:
  void answer(const Route* of, Status status, How how = {}) {
    Request request;
    request.route = of;
    request.method = how.method;
    metrics_->add(request, {.status = status, .body_bytes = 10, .duration = how.duration});
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

  const std::vector<Route> routes_{net::http::get("/a", handler()),
                                   net::http::get("/b/:id", handler()),
                                   net::http::any("/any", handler())};
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

TEST_F(RequestMetricsTest, CountWhatNoRouteTakesByTheRequestsMethod) {
  answer(nullptr, Status::not_found);
  answer(nullptr, Status::method_not_allowed, {.method = Method::del});
  const std::string name = "coppice_http_requests_total";
  EXPECT_EQ(value(name + R"({method="GET",route="unmatched",status="404"})"), 1);
  EXPECT_EQ(value(name + R"({method="DELETE",route="unmatched",status="405"})"), 1);
}

TEST_F(RequestMetricsTest, CountWhatARouteForAnyMethodTakesByTheRequestsMethod) {
  answer(&routes_[2], Status::ok, {.method = Method::options});
  answer(&routes_[2], Status::ok, {.method = Method::post});
  const std::string name = "coppice_http_requests_total";
  EXPECT_EQ(value(name + R"({method="OPTIONS",route="/any",status="200"})"), 1);
  EXPECT_EQ(value(name + R"({method="POST",route="/any",status="200"})"), 1);
}

TEST_F(RequestMetricsTest, CountHeadAsTheGetThatItIs) {
  answer(routes_.data(), Status::ok, {.method = Method::head});
  EXPECT_EQ(value(R"(coppice_http_requests_total{method="GET",route="/a",status="200"})"), 1);
}

TEST_F(RequestMetricsTest, CountEachStatusThatThereIsAsItself) {
  int statuses = 0;
  for (std::uint16_t code = 100; code < 600; ++code) {
    const auto status = static_cast<Status>(code);
    if (net::http::reason_phrase(status) == "Unknown") continue;
    ++statuses;
    answer(routes_.data(), status);
    const auto series = "coppice_http_requests_total{method=\"GET\",route=\"/a\",status=\"" +
                        std::to_string(code) + "\"}";
    EXPECT_EQ(value(series), 1) << series;
  }
  EXPECT_GT(statuses, 30);
}

TEST_F(RequestMetricsTest, LeaveOutWhatHasNotHappened) {
  answer(routes_.data(), Status::ok);
  EXPECT_EQ(text().find("/b/:id"), std::string::npos);
}

TEST_F(RequestMetricsTest, PutDurationsIntoBucketsThatAddUp) {
  answer(routes_.data(), Status::ok,
         {.duration = microseconds(100)});  // a bound belongs to its bucket
  answer(routes_.data(), Status::ok, {.duration = microseconds(101)});
  answer(routes_.data(), Status::ok, {.duration = microseconds(20'000'000)});
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
