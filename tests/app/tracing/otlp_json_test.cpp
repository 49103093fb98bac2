#include "app/tracing/otlp_json.hpp"

#include <gtest/gtest.h>

namespace coppice::app::tracing {
namespace {

using std::chrono::nanoseconds;
using std::chrono::system_clock;

TEST(OtlpJson, IsAnExportRequestOfTheProtocol) {
  Span span{.trace = {0xAB, 1}, .id = {2}, .parent = {3}, .state = "a=b", .name = "GET /x"};
  span.kind = SpanKind::server;
  span.start = system_clock::time_point(nanoseconds(1'700'000'000'000'000'001));
  span.end = span.start + nanoseconds(5);
  span.attributes = {{"http.route", std::string("/x\"")}, {"http.response.status_code", 500}};
  span.failed = true;
  span.failure = "no";
  EXPECT_EQ(
      to_otlp_json({&span, 1}, {{"service.name", "coppice"}}, "1.2"),
      R"({"resourceSpans":[{"resource":{"attributes":[)"
      R"({"key":"service.name","value":{"stringValue":"coppice"}}]},)"
      R"("scopeSpans":[{"scope":{"name":"coppice","version":"1.2"},"spans":[)"
      R"({"traceId":"ab010000000000000000000000000000","spanId":"0200000000000000",)"
      R"("name":"GET /x","kind":2,"startTimeUnixNano":"1700000000000000001",)"
      R"("endTimeUnixNano":"1700000000000000006","parentSpanId":"0300000000000000",)"
      R"("traceState":"a=b","attributes":[{"key":"http.route","value":{"stringValue":"/x\""}},)"
      R"({"key":"http.response.status_code","value":{"intValue":"500"}}],)"
      R"("status":{"code":2,"message":"no"}}]}]}]})");
}

TEST(OtlpJson, ASpanNeverEndsBeforeItBegins) {
  Span span{.name = "x"};
  span.start = system_clock::time_point(nanoseconds(10));
  span.end = system_clock::time_point(nanoseconds(9));  // a clock was set
  const auto json = to_otlp_json({&span, 1}, {}, "1");
  EXPECT_TRUE(json.contains(R"("endTimeUnixNano":"10")")) << json;
  EXPECT_FALSE(json.contains("parentSpanId")) << json;
}

}  // namespace
}  // namespace coppice::app::tracing
