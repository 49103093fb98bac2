#include "net/http/body.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/http/session.hpp"
#include "net/loopback.hpp"

namespace coppice::net::http {
namespace {

using namespace std::chrono_literals;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// A file of the test's own, gone after it.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::string& content) {
    const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
    path_ = std::filesystem::temp_directory_path() /
            ("coppice-" + std::string(test->name()) + "-" + std::to_string(::getpid()));
    std::ofstream(path_, std::ios::binary) << content;
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { std::filesystem::remove(path_); }

  [[nodiscard]] std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + (i * 7) % 26);
  return text;
}

/// Serves one body at "/".
class HttpBody : public ::testing::Test {
 protected:
  testing::Client connect(std::function<Body()> make) {
    auto server = std::make_shared<Server>();
    const PlainHandler handler = [make = std::move(make)](const Request&) {
      return Response::of(Status::ok, "text/plain", make());
    };
    server->router = std::make_shared<const Router>(get("/", handler));
    server->connections = loop_.connections();
    server->on_answered = [this](const Request&, const Outcome& outcome) {
      sent_ = outcome.body_bytes;
      whole_ = outcome.whole;
    };
    auto [client, socket] = loop_.connect();
    loop_.spawn(serve(std::move(socket), Peer(), std::move(server)));
    return std::move(client);
  }

  /// All that comes until there is nothing more to come.
  std::string answer(testing::Client& client, const std::string& version = "1.1",
                     const std::string& method = "GET") {
    auto text = loop_.exchange(client, method + " / HTTP/" + version + "\r\nHost: a\r\n\r\n");
    for (;;) {
      loop_.pump();
      const auto more = client.receive();
      if (more.empty()) return text;
      text += more;
    }
  }

  testing::Loopback loop_;
  std::uint64_t sent_ = 0;
  bool whole_ = true;
};

std::string body_of(const std::string& answer) {
  return answer.substr(answer.find("\r\n\r\n") + 4);
}

Awaitable<bool> three_pieces(std::shared_ptr<BodyWriter> writer) {
  for (const char* piece : {"one", "", "three"}) {
    const bool taken = co_await writer->write(piece);
    if (!taken) co_return false;
  }
  co_return true;
}

Awaitable<bool> broken(std::shared_ptr<BodyWriter> writer) {
  std::ignore = co_await writer->write("some");
  co_return false;
}

Awaitable<bool> endless(std::shared_ptr<std::size_t> pieces, std::shared_ptr<BodyWriter> writer) {
  for (;;) {
    const bool taken = co_await writer->write(std::string(10'000, 'x'));
    if (!taken) co_return false;
    ++*pieces;
  }
}

Awaitable<bool> waits(std::shared_ptr<Timer> timer, std::shared_ptr<BodyWriter> writer) {
  std::ignore = co_await writer->write("first");
  co_await timer->async_wait(kAsResult);
  const bool taken = co_await writer->write("second");
  co_return taken;
}

/// Sends a tick whenever the timer ends, and makes an end when the server drains.
Awaitable<bool> ticks(std::shared_ptr<Timer> timer, std::shared_ptr<BodyWriter> writer) {
  writer->when_draining([timer] { timer->cancel(); });
  while (!writer->draining()) {
    const bool taken = co_await writer->write("tick");
    if (!taken) co_return false;
    co_await timer->async_wait(kAsResult);
  }
  const bool taken = co_await writer->write("bye");
  co_return taken;
}

Awaitable<bool> ends_at_once(std::shared_ptr<int> woken, std::shared_ptr<BodyWriter> writer) {
  writer->when_draining([woken] { ++*woken; });
  co_return true;
}

TEST_F(HttpBody, SharesBytesAmongAnswers) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{500'000}}) {
    const auto bytes = std::make_shared<const std::string>(pattern(size));
    auto client = connect([shared = bytes] { return shared; });
    const auto first = answer(client);
    EXPECT_EQ(body_of(first), *bytes);
    EXPECT_TRUE(first.contains("content-length: " + std::to_string(size) + "\r\n"));
    EXPECT_EQ(body_of(answer(client)), *bytes);
    EXPECT_EQ(sent_, size);
  }
}

TEST_F(HttpBody, SendsAFileAndAPartOfIt) {
  const auto content = pattern(200'000);
  const TemporaryFile file(content);
  const auto opened = File::open(file.path());
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->size(), content.size());
  auto whole = connect([&] { return FileSlice{*opened, 0, content.size()}; });
  EXPECT_EQ(body_of(answer(whole)), content);
  EXPECT_EQ(sent_, content.size());
  auto part = connect([&] { return FileSlice{*opened, 100, 70'000}; });
  EXPECT_EQ(body_of(answer(part)), content.substr(100, 70'000));
  EXPECT_TRUE(answer(part, "1.1", "HEAD").ends_with("content-length: 70000\r\n\r\n"));
}

TEST_F(HttpBody, CutsTheConnectionIfAFileBecomesShorter) {
  const TemporaryFile file(pattern(1000));
  const auto opened = File::open(file.path());
  ASSERT_TRUE(opened);
  std::filesystem::resize_file(file.path(), 500);
  auto client = connect([&] { return FileSlice{*opened, 0, 1000}; });
  EXPECT_EQ(body_of(answer(client)).size(), 500U);
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(whole_);
}

/// Bytes that are somewhere else, and what has been fetched of them.
struct Elsewhere {
  std::string content;
  std::vector<std::uint64_t> sizes{};  ///< Of the pieces, as they were asked for.
  std::uint64_t lost_from = std::numeric_limits<std::uint64_t>::max();
  bool keeps_some_back = false;
};

Awaitable<std::optional<std::string>> fetch_from(std::shared_ptr<Elsewhere> place, Extent extent) {
  if (extent.offset >= place->lost_from) co_return std::nullopt;
  place->sizes.push_back(extent.size);
  const auto size = place->keeps_some_back ? extent.size - 1 : extent.size;
  co_return place->content.substr(extent.offset, size);
}

FetchedSlice slice_of(const std::shared_ptr<Elsewhere>& place) {
  return FetchedSlice::whole(std::bind_front(fetch_from, place), place->content.size());
}

TEST_F(HttpBody, FetchesPieceByPieceWhatIsElsewhere) {
  const auto place = std::make_shared<Elsewhere>(Elsewhere{.content = pattern(600'000)});
  auto client = connect([place] { return slice_of(place); });
  const auto text = answer(client);
  EXPECT_TRUE(text.contains("content-length: 600000\r\n"));
  EXPECT_TRUE(body_of(text) == place->content);
  EXPECT_EQ(place->sizes, (std::vector<std::uint64_t>{262'144, 262'144, 75'712}));
  EXPECT_EQ(sent_, 600'000U);
  EXPECT_FALSE(client.closed());
}

TEST_F(HttpBody, FetchesNothingForItsHeadAlone) {
  const auto place = std::make_shared<Elsewhere>(Elsewhere{.content = pattern(600'000)});
  auto client = connect([place] { return slice_of(place); });
  EXPECT_TRUE(answer(client, "1.1", "HEAD").ends_with("content-length: 600000\r\n\r\n"));
  EXPECT_TRUE(place->sizes.empty());
}

TEST_F(HttpBody, FetchesNoFasterThanItsClientReads) {
  const auto place = std::make_shared<Elsewhere>(Elsewhere{.content = pattern(16'000'000)});
  auto client = connect([place] { return slice_of(place); });
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  loop_.pump();
  EXPECT_LT(place->sizes.size() * FetchedSlice::kPiece, 8'000'000U);
}

TEST_F(HttpBody, CutsTheConnectionIfWhatIsElsewhereCannotBeHadAnyMore) {
  const auto place = std::make_shared<Elsewhere>(Elsewhere{.content = pattern(600'000)});
  place->lost_from = 262'144;
  auto client = connect([place] { return slice_of(place); });
  EXPECT_TRUE(body_of(answer(client)) == place->content.substr(0, 262'144));
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(whole_);
  EXPECT_EQ(sent_, 262'144U);
}

TEST_F(HttpBody, SendsNoPieceThatIsNotWhatWasAsked) {
  const auto place = std::make_shared<Elsewhere>(Elsewhere{.content = pattern(1000)});
  place->keeps_some_back = true;
  auto client = connect([place] { return slice_of(place); });
  EXPECT_EQ(body_of(answer(client)), "");
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(whole_);
}

TEST_F(HttpBody, OpensRegularFilesOnly) {
  EXPECT_EQ(File::open("/nowhere/at/all").error(), actors::Errc::not_found);
  EXPECT_EQ(File::open("/tmp").error(), actors::Errc::not_found);
  EXPECT_EQ(File::open("/dev/null").error(), actors::Errc::not_found);
}

TEST_F(HttpBody, StreamsInChunks) {
  auto client = connect([] { return BodyStream{three_pieces}; });
  const auto text = answer(client);
  EXPECT_TRUE(text.contains("transfer-encoding: chunked\r\n"));
  EXPECT_FALSE(text.contains("content-length"));
  EXPECT_EQ(body_of(text), "3\r\none\r\n5\r\nthree\r\n0\r\n\r\n");
  EXPECT_EQ(sent_, 8U);
  EXPECT_EQ(body_of(answer(client, "1.1", "HEAD")), "");
  EXPECT_FALSE(client.closed());
}

TEST_F(HttpBody, EndsAStreamWithTheConnectionInHttp10) {
  auto client = connect([] { return BodyStream{three_pieces}; });
  const auto text = answer(client, "1.0");
  EXPECT_FALSE(text.contains("transfer-encoding"));
  EXPECT_EQ(body_of(text), "onethree");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpBody, CutsTheConnectionIfAStreamIsNotWhole) {
  auto client = connect([] { return BodyStream{broken}; });
  EXPECT_EQ(body_of(answer(client)), "4\r\nsome\r\n");
  EXPECT_TRUE(client.closed());
  EXPECT_FALSE(whole_);
}

TEST_F(HttpBody, HoldsAProducerBackWhoseClientDoesNotRead) {
  const auto pieces = std::make_shared<std::size_t>(0);
  auto client = connect([pieces] { return BodyStream{std::bind_front(endless, pieces)}; });
  client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  loop_.pump();
  const auto held_at = *pieces;
  loop_.advance(29s);
  EXPECT_EQ(*pieces, held_at);
  EXPECT_LT(held_at * 10'000, 8'000'000U);
  loop_.advance(1s);
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_FALSE(whole_);
}

TEST_F(HttpBody, SendsAPieceAtOnceAndWaitsForAProducerAsLongAsItTakes) {
  const auto timer = std::make_shared<Timer>(loop_.io().get_executor(), Timer::time_point::max());
  auto client = connect([timer] { return BodyStream{std::bind_front(waits, timer)}; });
  EXPECT_EQ(body_of(answer(client)), "5\r\nfirst\r\n");
  loop_.advance(1h);
  timer->cancel();
  loop_.pump();
  EXPECT_EQ(client.receive(), "6\r\nsecond\r\n0\r\n\r\n");
}

TEST_F(HttpBody, TellsAStreamThatWaitsThatTheServerDrains) {
  const auto timer = std::make_shared<Timer>(loop_.io().get_executor(), Timer::time_point::max());
  auto client = connect([timer] { return BodyStream{std::bind_front(ticks, timer)}; });
  EXPECT_EQ(body_of(answer(client)), "4\r\ntick\r\n");
  loop_.connections()->drain();
  loop_.pump();
  EXPECT_EQ(client.receive(), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_TRUE(client.closed());
  EXPECT_TRUE(whole_);
}

TEST_F(HttpBody, TellsAStreamThatBeginsWhileTheServerDrains) {
  const auto timer = std::make_shared<Timer>(loop_.io().get_executor(), Timer::time_point::max());
  auto client = connect([timer] { return BodyStream{std::bind_front(ticks, timer)}; });
  std::ignore = loop_.exchange(client, "GET / HT");
  loop_.connections()->drain();
  const auto text = loop_.exchange(client, "TP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body_of(text), "3\r\nbye\r\n0\r\n\r\n");
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpBody, WakesNobodyBehindTheEndOfAStream) {
  const auto woken = std::make_shared<int>(0);
  auto client = connect([woken] { return BodyStream{std::bind_front(ends_at_once, woken)}; });
  EXPECT_EQ(body_of(answer(client)), "0\r\n\r\n");
  loop_.connections()->drain();
  loop_.pump();
  EXPECT_EQ(*woken, 0);
}

}  // namespace
}  // namespace coppice::net::http
