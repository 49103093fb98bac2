#include "app/http/access_log.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <future>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "app/http/committed.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::http {
namespace {

using net::http::Outcome;
using net::http::Request;
using net::http::Status;

Request request_to(std::string target) {
  Request request;
  request.target = std::move(target);
  request.id = "an-id-of-twenty-chars";
  request.client = boost::asio::ip::make_address("192.0.2.7");
  return request;
}

constexpr Outcome kFine{
    .status = Status::ok, .body_bytes = 12, .duration = std::chrono::microseconds(1500)};

AccessLog::Sink into(std::function<void(const std::string&)> put,
                     std::uint64_t* left_out = nullptr) {
  return {.put = [put = std::move(put)](const std::string& lines,
                                        std::chrono::milliseconds /*patience*/) { put(lines); },
          .leave_out =
              [left_out](std::uint64_t count) {
                if (left_out != nullptr) *left_out += count;
              }};
}

/// All lines of a log with these options, after @p use.
std::string lines_of(AccessLogOptions options, const std::function<void(AccessLog&)>& use) {
  std::string lines;
  {
    AccessLog log(options, into([&lines](const std::string& more) { lines += more; }));
    use(log);
  }
  return lines;
}

TEST(AccessLog, WritesALineForEachRequest) {
  const auto lines = lines_of({}, [](AccessLog& log) { log.add(request_to("/a?b=1"), kFine); });
  EXPECT_TRUE(
      lines.ends_with("Z info GET /a?b=1 200 12 B 1.500 ms client=192.0.2.7 "
                      "request_id=an-id-of-twenty-chars\n"))
      << lines;
}

TEST(AccessLog, WritesJson) {
  const auto lines =
      lines_of({.json = true}, [](AccessLog& log) { log.add(request_to("/a"), kFine); });
  EXPECT_TRUE(lines.ends_with(
      R"("level":"info","folder":"app","text":"request","method":"GET","path":"/a","status":200,"bytes":12,)"
      R"("ms":1.500,"client":"192.0.2.7","request_id":"an-id-of-twenty-chars","whole":true})"
      "\n"))
      << lines;
}

TEST(AccessLog, HasThePositionOfACommit) {
  auto request = request_to("/a");
  request.assigns.set(Committed{{.epoch = 1'765'357'200, .sequence = 42}});
  const auto add = [&](AccessLog& log) { log.add(request, kFine); };
  const auto text = lines_of({}, add);
  EXPECT_TRUE(text.ends_with(" position=1765357200.42\n")) << text;
  const auto json = lines_of({.json = true}, add);
  EXPECT_TRUE(json.contains(R"("position":"1765357200.42","whole":true})")) << json;
}

TEST(AccessLog, HasTheActorOfTheConnection) {
  const auto root = actors::Place::root();
  auto request = request_to("/a");
  request.peer.link = std::make_shared<net::ConnectionLink>(net::ConnectionLink{
      .actor = {},
      .place = root->add_child("connection#7", actors::Place::Kind::worker, "a connection")});
  const auto add = [&](AccessLog& log) { log.add(request, kFine); };
  const auto text = lines_of({}, add);
  EXPECT_TRUE(text.contains(" client=192.0.2.7 actor=/connection#7 request_id=an-id")) << text;
  const auto json = lines_of({.json = true}, add);
  EXPECT_TRUE(json.contains(
      R"("client":"192.0.2.7","actor":"/connection#7","request_id":"an-id-of-twenty-chars",)"))
      << json;
}

TEST(AccessLog, SamplesWhatWentWellAndKeepsFailures) {
  auto failed = kFine;
  failed.status = Status::internal_server_error;
  auto cut = kFine;
  cut.whole = false;
  const auto use = [&](AccessLog& log) {
    for (int i = 0; i < 10; ++i) log.add(request_to("/well"), kFine);
    log.add(request_to("/failed"), failed);
    log.add(request_to("/cut"), cut);
  };
  const auto count = [](const std::string& lines) { return std::ranges::count(lines, '\n'); };
  EXPECT_EQ(count(lines_of({.one_of = 1}, use)), 12);
  EXPECT_EQ(count(lines_of({.one_of = 5}, use)), 4);
  EXPECT_EQ(count(lines_of({.one_of = 0}, use)), 2);
  EXPECT_EQ(lines_of({.enabled = false}, use), "");
}

TEST(AccessLog, CountsWhatItLeavesOut) {
  constexpr std::uint64_t kRequests = 40'000;
  std::string lines;
  std::uint64_t left_out = 0;
  {
    std::promise<void> release;
    auto released = release.get_future().share();
    const auto put = [&lines, released](const std::string& more) {
      released.wait();
      lines += more;
    };
    AccessLog log({}, into(put, &left_out));
    for (std::uint64_t i = 0; i < kRequests; ++i) {
      log.add(request_to("/" + std::string(100, 'x')), kFine);
    }
    release.set_value();
  }
  EXPECT_GT(left_out, 0U);
  EXPECT_EQ(static_cast<std::uint64_t>(std::ranges::count(lines, '\n')) + left_out, kRequests);
}

TEST(AccessLog, CountsAsAHolderOfLinesUntilItHasPutThem) {
  std::promise<void> begun;
  std::promise<void> release;
  auto sink = into([&](const std::string& /*lines*/) {
    begun.set_value();
    release.get_future().wait();
  });
  const auto holders = sink.holders;
  {
    AccessLog log({}, std::move(sink));
    EXPECT_EQ(*holders, 0U);
    log.add(request_to("/a"), kFine);
    EXPECT_EQ(*holders, 1U);
    begun.get_future().wait();
    EXPECT_EQ(*holders, 1U);
    release.set_value();
  }
  EXPECT_EQ(*holders, 0U);
}

TEST(AccessLog, PutsTheLinesOfSeveralThreadsInOrder) {
  std::string lines;
  {
    std::promise<void> begun;
    std::promise<void> release;
    auto released = release.get_future().share();
    const auto put = [&, released, first = true](const std::string& more) mutable {
      if (std::exchange(first, false)) begun.set_value();
      released.wait();
      lines += more;
    };
    AccessLog log({}, into(put));
    log.add(request_to("/0"), kFine);
    begun.get_future().wait();  // what follows is written together
    const auto add = [&log](std::vector<int> seconds) {
      for (const int second : seconds) {
        auto request = request_to("/" + std::to_string(second));
        request.received_at = actors::Time(std::chrono::seconds(second));
        log.add(request, kFine);
      }
    };
    std::thread(add, std::vector{1, 4, 5}).join();
    std::thread(add, std::vector{2, 3, 6}).join();
    release.set_value();
  }
  std::string paths;
  for (std::size_t at = 0; (at = lines.find(" GET /", at)) != std::string::npos; ++at) {
    paths += lines[at + 6];
  }
  EXPECT_EQ(paths, "0123456");
}

TEST(AccessLog, TellsTheTimeAtWhichARequestWasAnswered) {
  auto request = request_to("/a");
  const auto before = std::chrono::system_clock::now();
  request.received_at = std::chrono::steady_clock::now();
  auto hour = kFine;
  hour.duration = std::chrono::hours(1);
  const auto lines = lines_of({}, [&](AccessLog& log) { log.add(request, hour); });
  std::tm utc{};
  ASSERT_NE(strptime(lines.c_str(), "%Y-%m-%dT%H:%M:%S.", &utc), nullptr) << lines;
  const auto shown = std::chrono::system_clock::from_time_t(timegm(&utc));
  EXPECT_GE(shown, before + std::chrono::hours(1) - std::chrono::seconds(2));
  EXPECT_LE(shown, std::chrono::system_clock::now() + std::chrono::hours(1));
  EXPECT_EQ(lines.substr(19, 1), ".");
  EXPECT_EQ(lines.substr(23, 7), "Z info ");
}

TEST(AccessLog, ShowsNoSecretsAndNoControlCharacters) {
  EXPECT_EQ(loggable_target("/a?page=2&reset_token=abc&q=b"),
            "/a?page=2&reset_token=[FILTERED]&q=b");
  EXPECT_EQ(loggable_target("/a?PASSWORD=x&%74oken=y&code=z&key=k"),
            "/a?PASSWORD=[FILTERED]&%74oken=[FILTERED]&code=[FILTERED]&key=[FILTERED]");
  EXPECT_EQ(loggable_target("/a?user[password]=x&keyword=tree"),
            "/a?user[password]=[FILTERED]&keyword=tree");
  EXPECT_EQ(loggable_target("/a\x1b[31m\xff?b=\n"), "/a?[31m??b=?");
  EXPECT_EQ(loggable_target("/a?&&"), "/a?&&");
}

}  // namespace
}  // namespace coppice::app::http
