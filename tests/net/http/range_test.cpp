#include "net/http/range.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unistd.h>
#include <utility>
#include <variant>
#include <vector>

#include <gtest/gtest.h>

#include "net/http/date.hpp"
#include "net/http/plugs/passing.hpp"
#include "net/http/session.hpp"
#include "net/loopback.hpp"

namespace coppice::net::http {
namespace {

using plugs::HeaderList;
using plugs::make_request;

constexpr const char* kDate = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* kEarlier = "Sun, 06 Nov 1994 08:49:36 GMT";
const Validators kState{.etag = "\"7\"", .modified = parse_http_date(kDate)};

std::string part(HeaderList headers, std::size_t size = 10) {
  const auto whole = Response::text(Status::ok, std::string("0123456789").substr(0, size));
  const auto answer = part_of(make_request(headers), whole, kState);
  return std::to_string(static_cast<int>(answer.status)) + " " +
         std::string(answer.headers.get("content-range").value_or("-")) + " " +
         (answer.status == Status::range_not_satisfiable ? "" : std::string(answer.body.bytes()));
}

TEST(Range, CutsOutWhatIsAsked) {
  EXPECT_EQ(part({{"range", "bytes=0-0"}}), "206 bytes 0-0/10 0");
  EXPECT_EQ(part({{"range", "bytes=2-4"}}), "206 bytes 2-4/10 234");
  EXPECT_EQ(part({{"range", "BYTES=7-"}}), "206 bytes 7-9/10 789");
  EXPECT_EQ(part({{"range", "bytes=7-99"}}), "206 bytes 7-9/10 789");
  EXPECT_EQ(part({{"range", "bytes=-3"}}), "206 bytes 7-9/10 789");
  EXPECT_EQ(part({{"range", "bytes=-99"}}), "206 bytes 0-9/10 0123456789");
}

TEST(Range, StaysWholeForWhatItDoesNotServe) {
  for (const char* range : {"lines=0-1", "bytes=", "bytes=-", "bytes=4-2", "bytes=a-b", "bytes=1-x",
                            "bytes", "bytes=99999999999999999999-"}) {
    EXPECT_EQ(part({{"range", range}}), "200 - 0123456789") << range;
  }
  EXPECT_EQ(part({}), "200 - 0123456789");
}

TEST(Range, SaysWhatThereIsWhenNothingIsThere) {
  EXPECT_EQ(part({{"range", "bytes=10-"}}), "416 bytes */10 ");
  EXPECT_EQ(part({{"range", "bytes=-0"}}), "416 bytes */10 ");
  EXPECT_EQ(part({{"range", "bytes=0-"}}, 0), "416 bytes */0 ");
}

TEST(Range, IsOfTheStateThatTheClientHas) {
  EXPECT_EQ(part({{"range", "bytes=0-0"}, {"if-range", "\"7\""}}), "206 bytes 0-0/10 0");
  EXPECT_EQ(part({{"range", "bytes=0-0"}, {"if-range", kDate}}), "206 bytes 0-0/10 0");
  for (const char* other : {"\"6\"", "W/\"7\"", kEarlier, "nonsense"}) {
    EXPECT_EQ(part({{"range", "bytes=0-0"}, {"if-range", other}}), "200 - 0123456789") << other;
  }
}

/// A text in which every place can be told from the others.
std::string text_of(std::size_t size) {
  std::string text;
  while (text.size() < size) text += std::to_string(text.size()) + " ";
  text.resize(size);
  return text;
}

/// The answer to a range of text_of(@p size), its boundary replaced by "B".
Response answer_to(std::string_view range, std::size_t size) {
  const HeaderList headers = {{"range", range}};
  return part_of(make_request(headers), Response::text(Status::ok, text_of(size)), kState);
}

std::string boundary_of(const Response& answer) {
  constexpr std::string_view kType = "multipart/byteranges; boundary=";
  const std::string type(answer.headers.get("content-type").value_or(""));
  return type.starts_with(kType) ? type.substr(kType.size()) : "";
}

/// One part of a multipart body as it should be.
std::string framed(std::size_t first, std::size_t last, std::size_t size) {
  return "--B\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-range: bytes " +
         std::to_string(first) + "-" + std::to_string(last) + "/" + std::to_string(size) +
         "\r\n\r\n" + text_of(size).substr(first, last + 1 - first) + "\r\n";
}

std::string with_short_boundary(std::string body, const std::string& boundary) {
  for (auto at = body.find(boundary); at != std::string::npos; at = body.find(boundary)) {
    body.replace(at, boundary.size(), "B");
  }
  return body;
}

TEST(Ranges, ComeAsOneBodyOfSeveralParts) {
  const auto answer = answer_to("bytes=0-9,1000-1019, -5", 2000);
  EXPECT_EQ(answer.status, Status::partial_content);
  EXPECT_FALSE(answer.headers.contains("content-range"));
  EXPECT_EQ(answer.headers.count("content-type"), 1U);
  const auto boundary = boundary_of(answer);
  ASSERT_EQ(boundary.size(), 32U);
  EXPECT_EQ(with_short_boundary(std::string(answer.body.bytes()), boundary),
            framed(0, 9, 2000) + framed(1000, 1019, 2000) + framed(1995, 1999, 2000) + "--B--\r\n");
  EXPECT_NE(boundary_of(answer_to("bytes=0-9,1000-1019", 2000)), boundary);
}

/// The parts of the answer: "0-9 1000-1019"; "whole", or "none".
std::string parts(std::string_view range, std::size_t size = 2000) {
  const auto answer = answer_to(range, size);
  if (answer.status == Status::ok) return "whole";
  if (answer.status == Status::range_not_satisfiable) return "none";
  constexpr std::string_view kRange = "content-range: bytes ";
  const auto single = answer.headers.get("content-range");
  if (single) return std::string(single->substr(6, single->find('/') - 6));
  std::string list;
  const auto body = answer.body.bytes();
  for (auto at = body.find(kRange); at != std::string_view::npos; at = body.find(kRange, at + 1)) {
    const auto begin = at + kRange.size();
    list += (list.empty() ? "" : " ") + std::string(body.substr(begin, body.find('/', at) - begin));
  }
  return list;
}

TEST(Ranges, KeepTheOrderInWhichTheyAreAsked) {
  EXPECT_EQ(parts("bytes=1000-1001,0-1,500-501"), "1000-1001 0-1 500-501");
}

TEST(Ranges, BecomeOneWhereTheyOverlapOrAlmostTouch) {
  EXPECT_EQ(parts("bytes=0-9,5-19"), "0-19");
  EXPECT_EQ(parts("bytes=0-9,10-19"), "0-19");
  EXPECT_EQ(parts("bytes=0-9,137-140"), "0-140");
  EXPECT_EQ(parts("bytes=0-9,138-140"), "0-9 138-140");
  EXPECT_EQ(parts("bytes=1000-1001,0-1,800-900"), "800-1001 0-1");
  EXPECT_EQ(parts("bytes=0-9,500-509,1000-1009,9-1000"), "0-1009");
  EXPECT_EQ(parts("bytes=0-,0-,0-,0-,-2000"), "0-1999");
}

TEST(Ranges, LeaveOutWhatIsNotThere) {
  EXPECT_EQ(parts("bytes=0-9,5000-,1000-1009"), "0-9 1000-1009");
  EXPECT_EQ(parts("bytes=5000-,1000-1009"), "1000-1009");
  EXPECT_EQ(parts("bytes=5000-,6000-7000,-0"), "none");
}

TEST(Ranges, AreWholeIfOneIsMalformedOrThereAreTooMany) {
  EXPECT_EQ(parts("bytes=0-9,x"), "whole");
  EXPECT_EQ(parts("bytes=0-9,20-10"), "whole");
  EXPECT_EQ(parts("bytes=0-9;20-30"), "whole");
  EXPECT_EQ(parts("bytes=,,"), "whole");
  EXPECT_EQ(parts("bytes=0-9,,1000-1009,"), "0-9 1000-1009");
  std::string most = "bytes=";
  for (int i = 0; i < 16; ++i)
    most += std::to_string(i * 1000) + "-" + std::to_string(i * 1000) + ",";
  EXPECT_NE(parts(most, 16'000), "whole");
  EXPECT_EQ(parts(most + "15999-", 16'000), "whole");
}

TEST(Ranges, AreOfTheStateThatTheClientHas) {
  const HeaderList headers = {{"range", "bytes=0-1,1000-1001"}, {"if-range", "\"6\""}};
  const auto whole = Response::text(Status::ok, text_of(2000));
  EXPECT_EQ(part_of(make_request(headers), whole, kState).status, Status::ok);
}

/// What a client gets of ranges that are read while they are sent, its chunks joined.
std::string received(std::function<Body()> make_whole, const std::string& range) {
  testing::Loopback loop;
  auto server = std::make_shared<Server>();
  const PlainHandler handler = [make_whole = std::move(make_whole)](const Request& request) {
    return part_of(request, Response::text(Status::ok, make_whole()), kState);
  };
  server->router = std::make_shared<const Router>(get("/", handler));
  server->connections = loop.connections();
  auto [client, socket] = loop.connect();
  loop.spawn(serve(std::move(socket), Peer(), std::move(server)));
  auto answer = loop.exchange(client, "GET / HTTP/1.1\r\nHost: a\r\nRange: " + range + "\r\n\r\n");
  for (;;) {
    loop.pump();
    const auto more = client.receive();
    if (more.empty()) break;
    answer += more;
  }
  const std::string marker = "boundary=";
  const auto boundary = answer.substr(answer.find(marker) + marker.size(), 32);
  std::string body;
  for (auto at = answer.find("\r\n\r\n") + 4; at < answer.size();) {
    const auto size = std::stoul(answer.substr(at), nullptr, 16);
    if (size == 0) break;
    at = answer.find("\r\n", at) + 2;
    body += answer.substr(at, size);
    at += size + 2;
  }
  return with_short_boundary(body, boundary);
}

TEST(Ranges, OfAFileAreReadWhileTheyAreSent) {
  const auto path =
      std::filesystem::temp_directory_path() / ("coppice-ranges-" + std::to_string(::getpid()));
  std::ofstream(path, std::ios::binary) << std::string(10, 'x') << text_of(200'000);
  const auto file = File::open(path.string());
  std::filesystem::remove(path);
  ASSERT_TRUE(file);
  const auto whole = [file = *file] { return FileSlice{file, 10, file->size() - 10}; };
  EXPECT_EQ(received(whole, "bytes=0-9,1000-150999,-3"),
            framed(0, 9, 200'000) + framed(1000, 150'999, 200'000) +
                framed(199'997, 199'999, 200'000) + "--B--\r\n");
}

using Extents = std::vector<std::pair<std::uint64_t, std::uint64_t>>;

Awaitable<std::optional<std::string>> fetch_text(std::shared_ptr<Extents> fetched, Extent extent) {
  fetched->emplace_back(extent.offset, extent.size);
  co_return text_of(extent.offset + extent.size).substr(extent.offset);
}

FetchedSlice text_elsewhere(const std::shared_ptr<Extents>& fetched, std::uint64_t size) {
  return FetchedSlice::whole(std::bind_front(fetch_text, fetched), size);
}

TEST(Ranges, OfWhatIsElsewhereAreTheWhole) {
  const HeaderList headers = {{"range", "bytes=0-9,1000-300999,-3"}};
  const auto fetched = std::make_shared<Extents>();
  const auto answer = part_of(make_request(headers),
                              Response::text(Status::ok, text_elsewhere(fetched, 600'000)), kState);
  EXPECT_EQ(answer.status, Status::ok);
  EXPECT_FALSE(answer.headers.contains("content-range"));
  EXPECT_EQ(answer.headers.get("accept-ranges"), "bytes");
  const auto* slice = std::get_if<FetchedSlice>(&answer.body.source());
  ASSERT_NE(slice, nullptr);
  EXPECT_EQ(slice->offset, 0U);
  EXPECT_EQ(slice->size, 600'000U);
}

TEST(Ranges, OfWhatIsElsewhereCanBeOne) {
  const HeaderList headers = {{"range", "bytes=100-299999"}};
  const auto fetched = std::make_shared<Extents>();
  const auto answer = part_of(make_request(headers),
                              Response::text(Status::ok, text_elsewhere(fetched, 600'000)), kState);
  EXPECT_EQ(answer.headers.get("content-range"), "bytes 100-299999/600000");
  const auto* slice = std::get_if<FetchedSlice>(&answer.body.source());
  ASSERT_NE(slice, nullptr);
  EXPECT_EQ(slice->offset, 100U);
  EXPECT_EQ(slice->size, 299'900U);
  EXPECT_TRUE(fetched->empty());
}

}  // namespace
}  // namespace coppice::net::http
