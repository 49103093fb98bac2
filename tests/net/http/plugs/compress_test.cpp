#include "net/http/plugs/compress.hpp"

#include <array>
#include <string>
#include <zlib.h>

#include <gtest/gtest.h>

#include "net/http/plugs/passing.hpp"
#include "net/http/session.hpp"
#include "net/loopback.hpp"

namespace coppice::net::http::plugs {
namespace {

const std::string kText = [] {
  std::string text;
  for (int i = 0; i < 200; ++i) text += "line " + std::to_string(i) + " of a text\n";
  return text;
}();

std::string gunzip(const std::string& bytes) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string in = bytes;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  std::string out;
  std::array<char, 4096> room{};
  int result = Z_OK;
  while (result == Z_OK) {
    stream.next_out = reinterpret_cast<Bytef*>(room.data());
    stream.avail_out = static_cast<uInt>(room.size());
    result = inflate(&stream, Z_NO_FLUSH);
    out.append(room.data(), room.size() - stream.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  inflateEnd(&stream);
  return out;
}

std::string coding(std::string_view accepted) {
  const auto preferred = preferred_coding(accepted);
  if (!preferred) return "none";
  return *preferred == Coding::gzip ? "gzip" : "br";
}

TEST(Compress, NegotiatesByWeight) {
  EXPECT_EQ(coding("gzip, deflate, br"), "br");
  EXPECT_EQ(coding("gzip"), "gzip");
  EXPECT_EQ(coding("GZIP"), "gzip");
  EXPECT_EQ(coding("br;q=0.5, gzip;q=0.8"), "gzip");
  EXPECT_EQ(coding("br;q=0, gzip"), "gzip");
  EXPECT_EQ(coding("*"), "br");
  EXPECT_EQ(coding("*;q=0.5, br;q=0"), "gzip");
  EXPECT_EQ(coding("identity"), "none");
  EXPECT_EQ(coding("gzip;q=0"), "none");
  EXPECT_EQ(coding("gzip;q=nonsense, br;x=1"), "none");
  EXPECT_EQ(coding("gzip;q=2"), "none");
  EXPECT_EQ(coding(""), "none");
  EXPECT_EQ(coding(",,;"), "none");
}

Response compressed(Response response, std::string_view accepted = "gzip") {
  auto request = make_request({{"accept-encoding", accepted}});
  return pass(compress(), request, std::move(response));
}

TEST(Compress, CompressesTextAndSaysSo) {
  auto text = Response::text(Status::ok, kText);
  text.headers.add("etag", "\"7\"");
  const auto answer = compressed(text);
  EXPECT_EQ(answer.headers.get("content-encoding"), "gzip");
  EXPECT_EQ(answer.headers.get("etag"), "W/\"7\"");
  EXPECT_EQ(answer.headers.get("vary"), "accept-encoding");
  EXPECT_LT(answer.body.bytes().size(), kText.size() / 3);
  EXPECT_EQ(gunzip(std::string(answer.body.bytes())), kText);
  EXPECT_EQ(compressed(text, "br").headers.get("content-encoding"), "br");
}

// RFC 9111, 4.3.4: a cache brings up to date what has the same tag.
TEST(Compress, GivesWhatIsUnchangedTheTagOfTheAnswerThatTheClientHas) {
  const auto tag_for = [](std::string_view known) {
    auto request = make_request({{"accept-encoding", "gzip"}, {"if-none-match", known}});
    auto unchanged = Response::empty(Status::not_modified);
    unchanged.headers.add("etag", "\"7\"");
    return std::string(*pass(compress(), request, std::move(unchanged)).headers.get("etag"));
  };
  EXPECT_EQ(tag_for("\"6\", W/\"7\""), "W/\"7\"");
  EXPECT_EQ(tag_for("\"7\""), "\"7\"");
}

TEST(Compress, SaysWhatTheAnswerDependsOnEvenIfItIsPlain) {
  const auto answer = compressed(Response::text(Status::ok, kText), "identity");
  EXPECT_FALSE(answer.headers.contains("content-encoding"));
  EXPECT_EQ(answer.headers.get("vary"), "accept-encoding");
  EXPECT_EQ(answer.body, kText);
}

TEST(Compress, LeavesAloneWhatGainsNothing) {
  const auto is_plain = [](const Response& response) {
    return !response.headers.contains("content-encoding");
  };
  EXPECT_TRUE(is_plain(compressed(Response::text(Status::ok, std::string(1023, 'x')))));
  EXPECT_TRUE(is_plain(compressed(Response::of(Status::ok, "image/webp", kText))));
  EXPECT_TRUE(is_plain(compressed(Response::of(Status::ok, "text/event-stream", kText))));
  EXPECT_TRUE(is_plain(compressed(Response::text(Status::partial_content, kText))));
  EXPECT_TRUE(is_plain(compressed(Response::empty(Status::not_modified))));
  auto fixed = Response::text(Status::ok, kText);
  fixed.headers.add("cache-control", "public, no-transform");
  EXPECT_TRUE(is_plain(compressed(fixed)));
  auto done = Response::text(Status::ok, kText);
  done.headers.add("content-encoding", "br");
  EXPECT_EQ(compressed(done).headers.count("content-encoding"), 1U);
}

enum class When : bool { serving, draining };

/// The body that a client gets, out of its chunks.
std::string received(Body body, When when = When::serving) {
  testing::Loopback loop;
  auto server = std::make_shared<Server>();
  const PlainHandler handler = [body](const Request&) {
    return Response::of(Status::ok, "text/plain", body);
  };
  server->router = std::make_shared<const Router>(get("/", handler), std::vector<Plug>{compress()});
  server->connections = loop.connections();
  auto [client, socket] = loop.connect();
  loop.spawn(serve(std::move(socket), Peer(), std::move(server)));
  auto answer = loop.exchange(client, "GET / HT");
  if (when == When::draining) loop.connections()->drain();
  answer += loop.exchange(client, "TP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  for (;;) {
    loop.pump();
    const auto more = client.receive();
    if (more.empty()) break;
    answer += more;
  }
  EXPECT_TRUE(answer.contains("transfer-encoding: chunked\r\n"));
  std::string out;
  for (auto at = answer.find("\r\n\r\n") + 4;;) {
    const auto size = std::stoul(answer.substr(at), nullptr, 16);
    if (size == 0) return gunzip(out);
    at = answer.find("\r\n", at) + 2;
    out += answer.substr(at, size);
    at += size + 2;
  }
}

Awaitable<bool> produce(std::shared_ptr<BodyWriter> writer) {
  for (int i = 0; i < 3; ++i) {
    const bool taken = co_await writer->write(kText);
    if (!taken) co_return false;
  }
  co_return true;
}

Awaitable<bool> until_the_server_drains(std::shared_ptr<int> woken,
                                        std::shared_ptr<BodyWriter> writer) {
  writer->when_draining([woken] { ++*woken; });
  const bool taken = co_await writer->write(writer->draining() ? "drains" : "goes on");
  co_return taken;
}

TEST(Compress, TellsAStreamThatTheServerDrains) {
  const auto woken = std::make_shared<int>(0);
  const BodyStream stream{std::bind_front(until_the_server_drains, woken)};
  EXPECT_EQ(received(stream), "goes on");
  EXPECT_EQ(*woken, 0);
  EXPECT_EQ(received(stream, When::draining), "drains");
  EXPECT_EQ(*woken, 1);
}

TEST(Compress, CompressesStreamsAndLargeTextsPieceByPiece) {
  EXPECT_EQ(received(BodyStream{produce}), kText + kText + kText);
  std::string large;
  while (large.size() < 300'000) large += kText;
  EXPECT_EQ(received(large), large);
  EXPECT_EQ(received(std::make_shared<const std::string>(large)), large);
}

}  // namespace
}  // namespace coppice::net::http::plugs
