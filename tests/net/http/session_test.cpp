#include "net/http/session.hpp"

#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <boost/asio/async_result.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "net/loopback.hpp"
#include "net/serve_to_end.hpp"

namespace coppice::net::http {
namespace {

using namespace std::chrono_literals;

/// Answers only once the test opens the gate.
struct Gate {
  explicit Gate(const Executor& executor)
      : timer(executor, boost::asio::steady_timer::time_point::max()) {}
  void open() { timer.cancel(); }

  boost::asio::basic_waitable_timer<std::chrono::steady_clock,
                                    boost::asio::wait_traits<std::chrono::steady_clock>, Executor>
      timer;
};

Awaitable<Response> hello(RequestPtr request) {
  auto name = request->query.get("name").value_or("world");
  co_return Response::text(Status::ok, "hello " + std::string(name));
}

Awaitable<Response> echo(RequestPtr request) {
  co_return Response::text(Status::ok, request->body);
}

Awaitable<Response> slug(RequestPtr request) {
  co_return Response::text(Status::ok, std::string(request->path_param("slug")));
}

Awaitable<Response> crash(RequestPtr) {
  throw std::runtime_error("a bug");
  co_return Response();
}

Awaitable<Response> large(RequestPtr) {
  co_return Response::text(Status::ok, std::string(4'000'000, 'x'));
}

Awaitable<Response> gated(std::shared_ptr<Gate> gate, RequestPtr) {
  co_await gate->timer.async_wait(kAsResult);
  co_return Response::text(Status::ok, "opened");
}

/// Says one thing and ends.
class Shout final : public Successor {
 public:
  Shout(Upgraded upgraded, OnEnd on_end) : socket_(std::move(upgraded.socket)) {
    boost::system::error_code error;
    const auto bytes = "GOT " + upgraded.already_read;
    socket_.write_some(boost::asio::buffer(bytes), error);
    auto end = [ended = std::move(on_end)]() mutable { ended(nullptr); };
    boost::asio::post(socket_.get_executor(), std::move(end));
  }
  void cut() noexcept override {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }

 private:
  Stream socket_;
};

std::shared_ptr<Successor> shout(Upgraded upgraded, Successor::OnEnd on_end) {
  return std::make_shared<Shout>(std::move(upgraded), std::move(on_end));
}

Awaitable<UpgradeAnswer> switch_over(RequestPtr request) {
  UpgradeAnswer answer;
  if (request->method != Method::get) {
    answer.response = Response::empty(Status::bad_request);
    co_return answer;
  }
  answer.response = Response::empty(Status::switching_protocols);
  answer.response.headers.add("upgrade", "shout");
  answer.take_over = shout;
  co_return answer;
}

std::string get_request(std::string_view target, std::string_view headers = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
}

std::string without_dates(std::string text) {
  for (auto at = text.find("date: "); at != std::string::npos; at = text.find("date: ", at)) {
    text.erase(at, text.find('\n', at) + 1 - at);
  }
  return text;
}

std::string ok(std::string_view body, std::string_view connection = "") {
  return "HTTP/1.1 200 OK\r\ncontent-type: text/plain; charset=utf-8\r\n" +
         std::string(connection) + "content-length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

constexpr std::string_view kClose = "connection: close\r\n";

class HttpSession : public ::testing::Test {
 protected:
  HttpSession() : gate_(std::make_shared<Gate>(loop_.io().get_executor())) {
    server_.router = std::make_shared<const Router>(Routes{
        get("/hello", hello),
        post("/echo", echo),
        get("/posts/:slug", slug),
        get("/crash", crash),
        get("/large", large),
        get("/gated", std::bind_front(gated, gate_)),
        upgrade("/upgrade", switch_over),
    });
    server_.connections = loop_.connections();
    server_.limits.max_body_bytes = 1000;
    server_.on_exception = [this](const Request& request, const std::exception_ptr& failure) {
      try {
        std::rethrow_exception(failure);
      } catch (const std::exception& exception) {
        crashes_.push_back(request.path + ": " + exception.what());
      }
    };
  }

  testing::Client connect() {
    auto [client, socket] = loop_.connect();
    loop_.spawn(net::testing::serve_to_end(std::move(socket), Peer(),
                                           std::make_shared<const Server>(server_)));
    return std::move(client);
  }

  std::string exchange(testing::Client& client, std::string_view bytes) {
    return without_dates(loop_.exchange(client, bytes));
  }

  /// What a new connection answers, and that it is closed then.
  std::string refusal(std::string_view bytes) {
    auto client = connect();
    auto answer = exchange(client, bytes);
    EXPECT_TRUE(client.closed()) << bytes;
    return answer.substr(0, answer.find("\r\n"));
  }

  testing::Loopback loop_;
  std::shared_ptr<Gate> gate_;
  Server server_;
  std::vector<std::string> crashes_;
};

TEST_F(HttpSession, AnswersRequestsOneAfterTheOther) {
  auto client = connect();
  EXPECT_EQ(exchange(client, get_request("/hello")), ok("hello world"));
  EXPECT_EQ(exchange(client, get_request("/hello?name=a+b")), ok("hello a b"));
  EXPECT_EQ(exchange(client, get_request("/posts/x%20y")), ok("x y"));
  EXPECT_EQ(exchange(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"),
            ok("hi"));
  EXPECT_FALSE(client.closed());
}

TEST_F(HttpSession, AnswersARequestThatComesByteByByte) {
  auto client = connect();
  std::string answer;
  for (const char c : std::string("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
                                  "\r\n2\r\nhi\r\n0\r\n\r\n")) {
    answer += exchange(client, {&c, 1});
  }
  EXPECT_EQ(answer, ok("hi"));
}

TEST_F(HttpSession, AnswersAPipelineInOrder) {
  auto client = connect();
  std::string requests;
  std::string answers;
  for (int i = 0; i < 500; ++i) {
    requests += get_request("/hello?name=" + std::to_string(i));
    answers += ok("hello " + std::to_string(i));
  }
  EXPECT_EQ(exchange(client, requests), answers);
}

TEST_F(HttpSession, KeepsTheOrderWhenAnEarlierHandlerIsSlower) {
  auto client = connect();
  EXPECT_EQ(exchange(client, get_request("/gated") + get_request("/hello")), "");
  gate_->open();
  loop_.pump();
  EXPECT_EQ(without_dates(client.receive()), ok("opened") + ok("hello world"));
}

TEST_F(HttpSession, AnswersHeadWithoutBody) {
  auto client = connect();
  const auto answer = exchange(client, "HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(answer, ok("hello world").substr(0, answer.size()));
  EXPECT_TRUE(answer.ends_with("content-length: 11\r\n\r\n"));
}

TEST_F(HttpSession, ClosesWhenTheClientWantsIt) {
  auto client = connect();
  EXPECT_EQ(exchange(client, get_request("/hello", "Connection: close\r\n")),
            ok("hello world", kClose));
  EXPECT_TRUE(client.closed());
  client.close();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HttpSession, ServesHttp10) {
  auto client = connect();
  EXPECT_EQ(exchange(client, "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"),
            ok("hello world", "connection: keep-alive\r\n"));
  EXPECT_EQ(exchange(client, "GET /hello HTTP/1.0\r\n\r\n"), ok("hello world", kClose));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, AnswersAClientThatHasClosedItsHalf) {
  auto client = connect();
  client.send(get_request("/hello") + get_request("/hello"));
  client.shutdown_send();
  loop_.pump();
  EXPECT_EQ(without_dates(client.receive()), ok("hello world") + ok("hello world"));
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HttpSession, EncouragesAClientThatWaits) {
  auto client = connect();
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  EXPECT_EQ(exchange(client, head), "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_EQ(exchange(client, "hi"), ok("hi"));
  EXPECT_EQ(exchange(client, head + "hi"), ok("hi"));  // did not wait
  EXPECT_EQ(refusal("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n"
                    "Expect: 100-continue\r\n\r\n"),
            "HTTP/1.1 413 Content Too Large");
}

TEST_F(HttpSession, RefusesAndCloses) {
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\n\r\n"), "HTTP/1.1 400 Bad Request");
  EXPECT_EQ(refusal("GET / HTTP/3.0\r\n\r\n"), "HTTP/1.1 505 HTTP Version Not Supported");
  EXPECT_EQ(refusal("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), "HTTP/1.1 501 Not Implemented");
  EXPECT_EQ(refusal("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a')),
            "HTTP/1.1 431 Request Header Fields Too Large");
  EXPECT_EQ(refusal("GET /" + std::string(10'000, 'a')), "HTTP/1.1 414 URI Too Long");
}

TEST_F(HttpSession, LetsAClientThatStillSendsReadItsRefusal) {
  auto client = connect();
  const auto answer =
      exchange(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" +
                           std::string(50'000, 'x'));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(loop_.finished(), 0);
  client.send(std::string(50'000, 'x'));
  loop_.advance(2s);
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HttpSession, AnswersEarlierRequestsOfAPipelineThatBreaks) {
  auto client = connect();
  const auto answer = exchange(client, get_request("/hello") + "GET nonsense\r\n\r\n");
  EXPECT_TRUE(answer.starts_with(ok("hello world") + "HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, AnswersACrashedHandlerAndReportsIt) {
  auto client = connect();
  const auto answer = exchange(client, get_request("/crash"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 Internal Server Error\r\n"));
  EXPECT_TRUE(answer.ends_with(R"({"errors":{"detail":"Internal Server Error"}})"));
  EXPECT_EQ(crashes_, std::vector<std::string>{"/crash: a bug"});
  EXPECT_EQ(exchange(client, get_request("/hello")), ok("hello world"));
}

TEST_F(HttpSession, AnswersASlowHeadAndBodyWithTimeout) {
  auto slow_head = connect();
  slow_head.send("GET /hello HT");
  loop_.advance(10s);
  slow_head.send("T");
  EXPECT_EQ(slow_head.receive(), "");
  loop_.advance(5s);
  EXPECT_TRUE(slow_head.receive().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_TRUE(slow_head.closed());

  server_.limits.min_body_rate = 0;
  auto slow_body = connect();
  slow_body.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nh");
  loop_.advance(59s);
  EXPECT_EQ(slow_body.receive(), "");
  loop_.advance(1s);
  EXPECT_TRUE(slow_body.receive().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST_F(HttpSession, GivesUpABodyThatTrickles) {
  auto client = connect();
  exchange(client, "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n");
  for (int i = 0; i < 5; ++i) {
    EXPECT_EQ(exchange(client, "x"), "");
    loop_.advance(1s);
  }
  EXPECT_EQ(client.receive(), "");  // five bytes have bought a moment
  loop_.advance(100ms);
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, WaitsForABodyThatComesFastEnough) {
  server_.limits.max_body_bytes = 100'000;
  auto client = connect();
  const std::string piece(250, 'x');
  const auto head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 12500\r\n\r\n";
  exchange(client, head);
  for (int i = 0; i < 49; ++i) {
    EXPECT_EQ(exchange(client, piece), "");
    loop_.advance(1s);
  }
  EXPECT_TRUE(exchange(client, piece).starts_with("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpSession, GivesABodyItsTimeAndNoMoreHoweverFastItBegan) {
  server_.limits.max_body_bytes = 100'000;
  auto client = connect();
  const auto head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n";
  exchange(client, head);
  exchange(client, std::string(50'000, 'x'));
  loop_.advance(59s);
  EXPECT_EQ(client.receive(), "");
  loop_.advance(1s);
  EXPECT_TRUE(client.receive().starts_with("HTTP/1.1 408 Request Timeout\r\n"));
}

TEST_F(HttpSession, GivesEachBodyItsOwnTime) {
  auto client = connect();
  const auto head = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    exchange(client, head);
    loop_.advance(4s);
    EXPECT_EQ(exchange(client, "x"), ok("x"));
  }
  loop_.advance(30s);  // which is no body's time
  EXPECT_EQ(exchange(client, get_request("/hello")), ok("hello world"));
}

TEST_F(HttpSession, ClosesIdleConnectionsWithoutAWord) {
  auto silent = connect();
  auto idle = connect();
  exchange(idle, get_request("/hello"));
  loop_.advance(15s);
  EXPECT_EQ(silent.receive(), "");
  EXPECT_TRUE(silent.closed());
  loop_.advance(44s);
  EXPECT_EQ(exchange(idle, get_request("/hello")), ok("hello world"));
  loop_.advance(60s);
  EXPECT_EQ(idle.receive(), "");
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(loop_.finished(), 2);
}

TEST_F(HttpSession, GivesUpOnAClientThatDoesNotRead) {
  auto client = connect();
  client.send(get_request("/large"));
  loop_.advance(29s);
  EXPECT_EQ(loop_.finished(), 0);
  loop_.advance(1s);
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_LT(client.receive().size(), 4'000'000U);
}

TEST_F(HttpSession, GivesUpOnAClientThatReadsALittleNowAndThen) {
  auto client = connect();
  client.send(get_request("/large"));
  loop_.pump();
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(client.receive(15'000).size(), 15'000U);
    loop_.advance(15s);
  }
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HttpSession, WaitsForAClientThatReadsSlowlyButEnough) {
  auto client = connect();
  client.send(get_request("/large"));
  loop_.pump();
  for (int i = 0; i < 40; ++i) {
    EXPECT_GT(client.receive(45'000).size(), 30'000U) << i;  // too little to make room by then
    loop_.advance(10s);
    ASSERT_EQ(loop_.finished(), 0) << i;
  }
}

TEST_F(HttpSession, GivesUpThoughThereIsNoOperationToCancelAtTheDeadline) {
  auto client = connect();
  exchange(client, get_request("/large"));
  std::ignore = client.receive();  // there is room for the next part of the answer
  // Posted twice, it runs right behind the step that writes this part and begins the next one; what
  // that next one has written by then is still to be told.
  const auto strike = [this] {
    for (int deadline = 0; deadline < 2; ++deadline) {  // what it read before the first is enough
      loop_.clock().advance(31s);
      loop_.connections()->sweep();
    }
  };
  boost::asio::post(loop_.io(), [this, strike] { boost::asio::post(loop_.io(), strike); });
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HttpSession, SendsLargeAnswersToAClientThatReads) {
  auto client = connect();
  auto answer = exchange(client, get_request("/large"));
  while (answer.size() < 4'000'000) {
    loop_.pump();
    answer += client.receive();
  }
  EXPECT_EQ(exchange(client, get_request("/hello")), ok("hello world"));
}

TEST_F(HttpSession, DrainsIdleConnectionsAtOnceAndOthersAfterTheirRequest) {
  auto idle = connect();
  exchange(idle, get_request("/hello"));
  auto fresh = connect();
  auto busy = connect();
  exchange(busy, get_request("/gated"));
  auto half = connect();
  exchange(half, "GET /hel");

  loop_.connections()->drain();
  loop_.pump();
  EXPECT_EQ(idle.receive() + fresh.receive() + busy.receive() + half.receive(), "");
  EXPECT_TRUE(idle.closed());
  EXPECT_TRUE(fresh.closed());
  EXPECT_FALSE(busy.closed());
  EXPECT_FALSE(half.closed());
  gate_->open();
  EXPECT_EQ(exchange(half, "lo HTTP/1.1\r\nHost: a\r\n\r\n"), ok("hello world", kClose));
  EXPECT_EQ(without_dates(busy.receive()), ok("opened", kClose));
  EXPECT_TRUE(busy.closed());
}

TEST_F(HttpSession, MakesRoomForOthersWhileItIsIdle) {
  auto idle = connect();
  exchange(idle, get_request("/hello"));
  auto fresh = connect();
  auto busy = connect();
  exchange(busy, get_request("/gated"));
  const auto make_room = [this] {
    const auto count = loop_.connections()->make_room();
    loop_.pump();
    return count;
  };

  EXPECT_EQ(make_room(), 1U);
  EXPECT_EQ(idle.receive(), "");
  EXPECT_TRUE(idle.closed());
  EXPECT_EQ(make_room(), 0U);  // who has just come is about to ask
  loop_.advance(4s);
  auto half = connect();
  exchange(half, "GET /hel");
  loop_.advance(1s);
  EXPECT_EQ(make_room(), 1U);
  EXPECT_EQ(fresh.receive(), "");
  EXPECT_TRUE(fresh.closed());
  loop_.advance(1s);
  EXPECT_EQ(make_room(), 0U);
  EXPECT_EQ(exchange(half, "lo HTTP/1.1\r\nHost: a\r\n\r\n"), ok("hello world"));
  gate_->open();
  loop_.pump();
  EXPECT_EQ(without_dates(busy.receive()), ok("opened"));
  EXPECT_EQ(loop_.finished(), 2);
}

TEST_F(HttpSession, AnswersARequestThatComesWhileItMakesRoom) {
  auto client = connect();
  exchange(client, get_request("/hello"));
  client.send(get_request("/hello"));
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  loop_.pump();
  EXPECT_EQ(without_dates(client.receive()), ok("hello world", kClose));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, MakesRoomWhenAHeadTakesTooLong) {
  auto half = connect();
  exchange(half, "GET /he");
  loop_.advance(4s);
  exchange(half, "l");  // buys no time
  EXPECT_EQ(loop_.connections()->make_room(), 0U);
  loop_.advance(1s);
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  loop_.pump();
  EXPECT_EQ(half.receive(), "");
  EXPECT_TRUE(half.closed());
}

TEST_F(HttpSession, MakesRoomUnlessTheRestOfAHeadHasJustCome) {
  auto whole = connect();
  auto half = connect();
  exchange(whole, "GET /hel");
  exchange(half, "GET /hel");
  loop_.advance(5s);
  whole.send("lo HTTP/1.1\r\nHost: a\r\n\r\n");
  half.send("lo");
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  loop_.pump();
  EXPECT_EQ(without_dates(whole.receive()), ok("hello world", kClose));
  EXPECT_TRUE(whole.closed());
  EXPECT_EQ(half.receive(), "");
  EXPECT_TRUE(half.closed());
}

TEST_F(HttpSession, AnswersWhatComesBeforeItsTurnWhileItMakesRoom) {
  auto client = connect();
  loop_.io().restart();
  while (loop_.connections()->size() == 0) loop_.io().poll_one();  // it lets the others go first
  client.send(get_request("/hello"));
  loop_.clock().advance(5s);
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  loop_.pump();
  EXPECT_EQ(without_dates(client.receive()), ok("hello world", kClose));
  EXPECT_TRUE(client.closed());
}

TEST_F(HttpSession, HandsAnUpgradedConnectionOverWithWhatItHasRead) {
  auto client = connect();
  EXPECT_EQ(exchange(client, get_request("/upgrade") + "early"),
            "HTTP/1.1 101 Switching Protocols\r\nupgrade: shout\r\n\r\nGOT early");
  EXPECT_TRUE(client.closed());
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_EQ(loop_.connections()->size(), 0U);
}

TEST_F(HttpSession, GoesOnWithHttpAfterARefusedUpgrade) {
  auto client = connect();
  EXPECT_TRUE(exchange(client, "POST /upgrade HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n")
                  .starts_with("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_EQ(exchange(client, get_request("/hello")), ok("hello world"));
}

TEST_F(HttpSession, EndsAtOnceWhenItIsCancelled) {
  auto idle = connect();
  loop_.pump();
  loop_.cancel();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_FALSE(loop_.failure());

  auto busy = connect();
  exchange(busy, get_request("/gated"));
  loop_.cancel();
  loop_.pump();
  EXPECT_EQ(busy.receive(), "");
  EXPECT_TRUE(busy.closed());
  EXPECT_EQ(loop_.finished(), 2);
  EXPECT_TRUE(crashes_.empty());
}

TEST_F(HttpSession, SurvivesAClientThatVanishesAnywhere) {
  const std::string request = "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi";
  for (std::size_t size = 0; size <= request.size(); ++size) {
    auto client = connect();
    client.send(request.substr(0, size));
    client.close();
    loop_.pump();
    EXPECT_EQ(loop_.finished(), static_cast<int>(size) + 1);
  }
  EXPECT_FALSE(loop_.failure());
  EXPECT_EQ(loop_.connections()->size(), 0U);
}

// -- one request after the other in the same object
// --------------------------------------------------

struct Mark {
  int value;
};

/// All that a request has, of which the next must have nothing.
std::string describe(const Request& request) {
  std::string text(to_string(request.method));
  text.append(" ").append(request.target).append(" ").append(request.path).append(" q=");
  text.append(request.query.get("q").value_or("-")).append(" slug=");
  text.append(request.path_param("slug")).append(" x=");
  text.append(request.header("x-a").value_or("-")).append(" body=").append(request.body);
  text.append(" length=").append(std::to_string(request.content_length.value_or(0)));
  text.append(request.http_1_0 ? " 1.0" : " 1.1").append(request.keep_alive ? "" : " close");
  text.append(" id=").append(request.id);
  text.append(" peer=").append(request.peer.address.to_string());
  text.append(" client=").append(request.client.to_string()).append(request.secure ? " tls" : "");
  const auto* mark = request.assigns.get<Mark>();
  return text.append(" mark=").append(mark == nullptr ? "-" : std::to_string(mark->value));
}

class HttpRequestReuse : public ::testing::Test {
 protected:
  HttpRequestReuse() {
    Plug mark{.name = "mark", .before = [](Request& request) -> std::optional<Response> {
                if (!request.headers.contains("x-mark")) return std::nullopt;
                request.id = "marked-with-more-than-fits";
                request.assigns.set(Mark{7});
                request.client = boost::asio::ip::make_address("192.0.2.9");
                request.secure = true;
                return std::nullopt;
              }};
    const Plug gate{
        .name = "gate",
        .before = Plug::AwaitedBefore([this](std::shared_ptr<Request> request) -> Awaitable<Early> {
          return stop(std::move(request));
        })};
    server_.router = std::make_shared<const Router>(
        Routes{get("/plain", describe_plainly), post("/plain", describe_plainly),
               get("/plain/:slug", describe_plainly), post("/plain/:slug", describe_plainly),
               get("/kept", [this](RequestPtr request) { return keep(std::move(request)); }),
               post("/kept", [this](RequestPtr request) { return keep(std::move(request)); }),
               post("/stopped", describe_plainly, {.through = {gate}})},
        std::vector<Plug>{std::move(mark)});
    server_.connections = loop_.connections();
  }

  using Early = std::optional<Response>;

  static Response describe_plainly(const Request& request) {
    return Response::text(Status::ok, describe(request));
  }

  Awaitable<Response> keep(RequestPtr request) {
    kept_.push_back(request);
    co_return Response::text(Status::ok, "kept");
  }

  Awaitable<Early> stop(std::shared_ptr<Request> request) {
    kept_.push_back(std::move(request));
    co_return Response::error(Status::forbidden);
  }

  testing::Client connect() {
    auto [client, socket] = loop_.connect();
    loop_.spawn(serve(std::move(socket), peer_, std::make_shared<const Server>(server_)));
    return std::move(client);
  }

  testing::Loopback loop_;
  Server server_;
  Peer peer_{.address = boost::asio::ip::make_address("192.0.2.1")};
  std::vector<RequestPtr> kept_;
};

constexpr std::string_view kFull =
    "POST /plain/slug-that-is-long-enough?q=1 HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nX-Mark: 1\r\n"
    "Content-Length: 4\r\n\r\nbody";

TEST_F(HttpRequestReuse, ARequestHasNothingOfTheOneBefore) {
  auto client = connect();
  const auto plain = get_request("/plain");
  for (const bool pipelined : {true, false}) {
    std::string answer;
    if (pipelined) {
      answer = loop_.exchange(client, std::string(kFull) + plain);
    } else {
      answer = loop_.exchange(client, kFull);
      answer += loop_.exchange(client, plain);
    }
    EXPECT_TRUE(
        answer.contains("POST /plain/slug-that-is-long-enough?q=1 "
                        "/plain/slug-that-is-long-enough q=1 slug=slug-that-is-long-enough "
                        "x=1 body=body length=4 1.1 id=marked-with-more-than-fits peer=192.0.2.1 "
                        "client=192.0.2.9 tls mark=7"))
        << answer;
    EXPECT_TRUE(
        answer.ends_with("GET /plain /plain q=- slug= x=- body= length=0 1.1 id= peer=192.0.2.1 "
                         "client=192.0.2.1 mark=-"))
        << answer;
  }
}

TEST_F(HttpRequestReuse, ARequestThatHasNoRouteHasNothingOfTheOneBefore) {
  std::string seen;
  server_.on_answered = [&seen](const Request& request, const Outcome&) {
    seen += describe(request) + (request.route == nullptr ? " no route\n" : "\n");
  };
  auto client = connect();
  loop_.exchange(client, std::string(kFull) + get_request("/nowhere"));
  EXPECT_TRUE(
      seen.ends_with("GET /nowhere /nowhere q=- slug= x=- body= length=0 1.1 id= peer=192.0.2.1 "
                     "client=192.0.2.1 mark=- no route\n"))
      << seen;
}

TEST_F(HttpRequestReuse, AMalformedRequestHasNothingOfTheOneBefore) {
  std::string seen;
  server_.on_answered = [&seen](const Request& request, const Outcome&) {
    seen += describe(request) + "\n";
  };
  auto client = connect();
  loop_.exchange(client, std::string(kFull) + "nonsense\r\n\r\n");
  EXPECT_TRUE(
      seen.ends_with("\nGET   q=- slug= x=- body= length=0 1.1 id= peer=192.0.2.1 "
                     "client=192.0.2.1 mark=-\n"))
      << seen;
}

TEST_F(HttpRequestReuse, LeavesARequestAloneThatItsHandlerStillHas) {
  auto client = connect();
  loop_.exchange(client,
                 "POST /kept?q=1 HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nContent-Length: 2\r\n\r\nhi" +
                     get_request("/plain?q=2", "X-A: 2\r\n") + get_request("/kept?q=3"));
  loop_.exchange(client, kFull);
  ASSERT_EQ(kept_.size(), 2U);
  EXPECT_EQ(describe(*kept_[0]),
            "POST /kept?q=1 /kept q=1 slug= x=1 body=hi length=2 1.1 id= peer=192.0.2.1 "
            "client=192.0.2.1 mark=-");
  EXPECT_EQ(describe(*kept_[1]),
            "GET /kept?q=3 /kept q=3 slug= x=- body= length=0 1.1 id= peer=192.0.2.1 "
            "client=192.0.2.1 mark=-");
}

TEST_F(HttpRequestReuse, LeavesARequestAloneThatAPlugStillHasAfterItsBodyHasComeToo) {
  auto client = connect();
  EXPECT_TRUE(
      loop_.exchange(client, "POST /stopped HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbo")
          .starts_with("HTTP/1.1 403 "));
  loop_.exchange(client, "dy" + get_request("/plain?q=2", "X-A: 2\r\n"));
  ASSERT_EQ(kept_.size(), 1U);
  EXPECT_TRUE(describe(*kept_[0]).starts_with("POST /stopped /stopped q=- slug= x=- body="));
}

TEST_F(HttpRequestReuse, GivesBackTheRoomOfALargeRequest) {
  std::size_t room = 0;
  server_.on_answered = [&room](const Request& request, const Outcome&) {
    room = request.body.capacity();
  };
  auto client = connect();
  loop_.exchange(client, "POST /plain HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n" +
                             std::string(50'000, 'x'));
  EXPECT_GE(room, 50'000U);
  loop_.exchange(client, get_request("/plain"));
  EXPECT_LE(room, 4096U);
}

}  // namespace
}  // namespace coppice::net::http
