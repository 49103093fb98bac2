#include "app/tracing/request_trace.hpp"

#include <map>

#include <gtest/gtest.h>

namespace coppice::app::tracing {
namespace {

using net::http::Outcome;
using net::http::Request;
using net::http::Response;
using net::http::Status;

constexpr const char* kParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-";

class RequestTraceTest : public ::testing::Test {
 protected:
  /// A request that has passed the plug.
  Request pass(const std::string& traceparent, double ratio = 1) {
    tracer_ = std::make_shared<Tracer>(ratio);
    Request request;
    request.path = "/api/posts/a";
    request.id = "an-id";
    request.route = &route_;
    if (!traceparent.empty()) request.headers.add("traceparent", traceparent);
    const auto plug = trace_requests(tracer_);
    const auto early = std::get<net::http::Plug::Before>(plug.before)(request);
    EXPECT_FALSE(early);
    return request;
  }

  /// The same where nothing is recorded.
  static Request pass_unrecorded(const std::string& traceparent) {
    Request request;
    if (!traceparent.empty()) request.headers.add("traceparent", traceparent);
    const auto plug = pass_traces_on();
    EXPECT_FALSE(std::get<net::http::Plug::Before>(plug.before)(request));
    return request;
  }

  static void answer(const Request& request, Status status = Status::ok, bool whole = true) {
    record_request(request, {.status = status,
                             .body_bytes = 7,
                             .duration = std::chrono::milliseconds(5),
                             .whole = whole});
  }

  std::vector<Span> spans() { return tracer_->take(Tracer::kMostWaiting); }

  TracerPtr tracer_;
  net::http::Route route_ = net::http::get(
      "/api/posts/:slug", [](const Request& /*request*/) { return Response::empty(Status::ok); });
};

TEST_F(RequestTraceTest, GoesOnWithTheSendersTrace) {
  answer(pass(std::string(kParent) + "01"));
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(to_hex(recorded[0].trace), "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(to_hex(recorded[0].parent), "00f067aa0ba902b7");
  EXPECT_EQ(recorded[0].name, "GET /api/posts/:slug");
  EXPECT_EQ(recorded[0].end - recorded[0].start, std::chrono::milliseconds(5));
  EXPECT_FALSE(recorded[0].failed);
}

TEST_F(RequestTraceTest, TheSenderDecidesWhetherItIsRecorded) {
  answer(pass(std::string(kParent) + "00", 1));
  EXPECT_TRUE(spans().empty());
  answer(pass(std::string(kParent) + "01", 0));
  EXPECT_EQ(spans().size(), 1U);
}

TEST_F(RequestTraceTest, BeginsATraceWhereThereIsNone) {
  answer(pass("nonsense"));
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 1U);
  EXPECT_EQ(recorded[0].parent, SpanId{});
  answer(pass("", 0));
  EXPECT_TRUE(spans().empty());
}

TEST_F(RequestTraceTest, BeginsNoneForAnotherNode) {
  const auto tracer = std::make_shared<Tracer>(1);
  const auto plug = go_on_with_traces(tracer);
  for (const auto& [traceparent, is_recorded] :
       std::map<std::string, bool>{{"", false},
                                   {"nonsense", false},
                                   {std::string(kParent) + "00", false},
                                   {std::string(kParent) + "01", true}}) {
    Request request;
    if (!traceparent.empty()) request.headers.add("traceparent", traceparent);
    EXPECT_FALSE(std::get<net::http::Plug::Before>(plug.before)(request));
    answer(request);
    const auto recorded = tracer->take(Tracer::kMostWaiting);
    ASSERT_EQ(recorded.size(), is_recorded ? 1U : 0U) << traceparent;
    if (is_recorded) EXPECT_EQ(to_hex(recorded[0].parent), "00f067aa0ba902b7");
  }
}

TEST_F(RequestTraceTest, WhatItWaitsForIsWithinItsHandler) {
  const auto request = pass("");
  {
    ScopedSpan span(request, "read");
    span.note("coppice.command", "x");
    const ScopedSpan before(request, "authenticate", ScopedSpan::Within::request);
  }
  const auto& trace = *request.assigns.get<RequestTrace>();
  const auto recorded = spans();
  ASSERT_EQ(recorded.size(), 2U);
  EXPECT_EQ(recorded[0].name, "authenticate");
  EXPECT_EQ(recorded[0].parent, trace.context.span);
  EXPECT_EQ(recorded[1].name, "read");
  EXPECT_EQ(recorded[1].parent, trace.handler);
  EXPECT_EQ(std::get<std::string>(recorded[1].attributes.at(0).value), "x");
}

TEST_F(RequestTraceTest, SaysWhereItIsToWhoeverWorksForIt) {
  const auto request = pass("");
  const auto& trace = *request.assigns.get<RequestTrace>();
  EXPECT_EQ(trail_of(request)->context.span, trace.handler);
  EXPECT_EQ(trail_of(request, ScopedSpan::Within::request)->context.span, trace.context.span);
  EXPECT_EQ(trail_of(request)->tracer, tracer_);
  EXPECT_EQ(trail_of(Request()), nullptr);
  EXPECT_EQ(trail_of(pass(std::string(kParent) + "00"))->tracer, nullptr);
}

TEST_F(RequestTraceTest, ItsOwnFailuresAreMarkedAndNotTheClients) {
  answer(pass(""), Status::not_found);
  EXPECT_FALSE(spans().at(0).failed);
  answer(pass(""), Status::internal_server_error);
  EXPECT_TRUE(spans().at(0).failed);
  answer(pass(""), Status::ok, false);
  EXPECT_EQ(spans().at(0).failure, "the connection was cut before the answer's end");
}

TEST_F(RequestTraceTest, IsPassedOnAsThePlaceWhereItIs) {
  auto request = pass(std::string(kParent) + "00");
  const auto span = to_hex(request.assigns.get<RequestTrace>()->context.span);
  EXPECT_EQ(trace_headers(trail_of(request)),
            (std::vector<std::string>{"traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-" + span +
                                      "-00"}));
  EXPECT_TRUE(trace_headers(trail_of(Request())).empty());
}

TEST_F(RequestTraceTest, IsPassedOnAsItCameWhereNothingIsRecorded) {
  const auto traceparent = std::string(kParent) + "01";
  const auto request = pass_unrecorded(traceparent);
  answer(request);
  {
    const ScopedSpan span(request, "read");
  }
  EXPECT_EQ(trace_headers(trail_of(request)),
            std::vector<std::string>{"traceparent: " + traceparent});
  EXPECT_TRUE(trace_headers(trail_of(pass_unrecorded(""))).empty());
  EXPECT_TRUE(trace_headers(trail_of(pass_unrecorded("nonsense"))).empty());
}

TEST_F(RequestTraceTest, CostsARequestWithoutATraceNothing) {
  const Request untraced;
  {
    const ScopedSpan span(untraced, "read");
  }
  record_request(untraced, {.status = Status::ok, .body_bytes = 0, .duration = {}});
  EXPECT_TRUE(untraced.assigns.empty());
}

}  // namespace
}  // namespace coppice::app::tracing
