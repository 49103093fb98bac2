#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "net/http/session.hpp"
#include "net/loopback.hpp"

namespace coppice::net::http {
namespace {

/// What a plug leaves for those behind it.
struct User {
  std::string name;
};

Awaitable<std::optional<Response>> look_user_up(std::shared_ptr<Request> request) {
  const std::string name(request->header("x-user").value_or(""));
  if (name.empty()) co_return Response::error(Status::unauthorized);
  if (name == "bug") throw std::runtime_error("no such table");
  request->assigns.set(User{name});
  co_return std::nullopt;
}

Awaitable<Response> greet(RequestPtr request) {
  const auto* user = request->assigns.get<User>();
  co_return Response::text(Status::ok, user == nullptr ? "nobody" : user->name);
}

Response length(const Request& request) {
  return Response::text(Status::ok, std::to_string(request.body.size()));
}

Response crash(const Request&) { throw std::runtime_error("a bug"); }

/// Requests against plugs that write down what passes them.
class HttpExchange : public ::testing::Test {
 protected:
  HttpExchange() {
    const Pipeline accounts("accounts",
                            {noting("scope"), Plug{.name = "user", .before = look_user_up}});
    server_.router = std::make_shared<const Router>(
        Routes{
            get("/hello", greet),
            post("/length", length, {.max_body_bytes = 10}),
            get("/crash", crash),
            scope("/admin", {accounts},
                  {
                      get("/", greet),
                      post("/length", length, {.through = {noting("route")}}),
                  }),
        },
        std::vector<Plug>{noting("first"), noting("second")});
    server_.connections = loop_.connections();
    server_.limits.max_body_bytes = 100'000;
    server_.on_exception = [this](const Request&, const std::exception_ptr&) { ++crashes_; };
    server_.on_answered = [this](const Request& request, const Outcome& outcome) {
      outcomes_ += request.path + " " + std::to_string(static_cast<int>(outcome.status)) + " " +
                   std::to_string(outcome.body_bytes) + "\n";
    };
  }

  Plug noting(const std::string& name) {
    return {.name = name,
            .before = [this, name](Request& request) -> std::optional<Response> {
              notes_ += name + " ";
              if (request.header("x-stop") == name) return Response::text(Status::ok, "stopped");
              return std::nullopt;
            },
            .after =
                [this, name](const Request& request, Response& response) {
                  notes_ += "/" + name + " ";
                  if (request.header("x-throw") == name) throw std::runtime_error("a bug");
                  response.headers.add("x-passed", name);
                }};
  }

  testing::Client connect() {
    auto [client, socket] = loop_.connect();
    loop_.spawn(serve(std::move(socket), Peer(), std::make_shared<const Server>(server_)));
    return std::move(client);
  }

  std::string ask(std::string_view method, std::string_view target,
                  std::string_view rest = "\r\n") {
    auto client = connect();
    notes_.clear();
    return loop_.exchange(client, std::string(method) + " " + std::string(target) +
                                      " HTTP/1.1\r\nHost: a\r\n" + std::string(rest));
  }

  testing::Loopback loop_;
  Server server_;
  std::string notes_;
  std::string outcomes_;
  int crashes_ = 0;
};

std::string status(const std::string& answer) { return answer.substr(9, 3); }

TEST_F(HttpExchange, PassesPlugsInOrderAndBackInReverse) {
  const auto answer = ask("POST", "/admin/length", "X-User: ada\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_EQ(status(answer), "200");
  EXPECT_EQ(notes_, "first second scope route /route /scope /second /first ");
  EXPECT_TRUE(answer.contains("x-passed: route\r\nx-passed: scope\r\nx-passed: second\r\n"));
}

TEST_F(HttpExchange, LeavesWhatAPlugFoundForTheHandler) {
  EXPECT_TRUE(ask("GET", "/admin", "X-User: ada\r\n\r\n").ends_with("\r\n\r\nada"));
  EXPECT_TRUE(ask("GET", "/hello", "X-User: ada\r\n\r\n").ends_with("\r\n\r\nnobody"));
}

TEST_F(HttpExchange, StopsAtThePlugThatAnswers) {
  EXPECT_TRUE(ask("GET", "/hello", "X-Stop: first\r\n\r\n").ends_with("stopped"));
  EXPECT_EQ(notes_, "first /first ");
  EXPECT_EQ(status(ask("GET", "/admin")), "401");
  EXPECT_EQ(notes_, "first second scope /scope /second /first ");
}

TEST_F(HttpExchange, LetsTheEndpointsPlugsSeeWhatHasNoRoute) {
  EXPECT_EQ(status(ask("GET", "/nowhere")), "404");
  EXPECT_EQ(notes_, "first second /second /first ");
  EXPECT_EQ(status(ask("DELETE", "/hello")), "405");
  EXPECT_EQ(notes_, "first second /second /first ");
  EXPECT_EQ(status(ask("GET", "/%zz")), "400");
  EXPECT_EQ(notes_, "first second /second /first ");
}

TEST_F(HttpExchange, LetsTheEndpointsPlugsSeeWhatIsMalformed) {
  const auto answer = ask("GET", "/hello", "A : b\r\n\r\n");
  EXPECT_EQ(status(answer), "400");
  EXPECT_EQ(notes_, "first second /second /first ");
  EXPECT_TRUE(answer.contains("x-passed: first\r\n"));
  EXPECT_EQ(status(ask("POST", "/length", "Transfer-Encoding: chunked\r\n\r\nnonsense")), "400");
  EXPECT_EQ(notes_, "first second /second /first ");
}

TEST_F(HttpExchange, AnswersAnExceptionOfAPlug) {
  EXPECT_EQ(status(ask("GET", "/admin", "X-User: bug\r\n\r\n")), "500");
  EXPECT_EQ(notes_, "first second scope /scope /second /first ");
  EXPECT_EQ(status(ask("GET", "/hello", "X-Throw: second\r\n\r\n")), "500");
  EXPECT_EQ(notes_, "first second /second /first ");
  EXPECT_EQ(status(ask("GET", "/crash")), "500");
  EXPECT_EQ(crashes_, 3);
}

TEST_F(HttpExchange, RefusesABodyThatItsRouteDoesNotTakeBeforeItIsSent) {
  EXPECT_EQ(status(ask("POST", "/length", "Content-Length: 11\r\n\r\n")), "413");
  EXPECT_EQ(notes_, "first second /second /first ");
  EXPECT_EQ(status(ask("POST", "/length", "Content-Length: 10\r\n\r\n0123456789")), "200");
  EXPECT_EQ(status(ask("POST", "/length", "Transfer-Encoding: chunked\r\n\r\nb\r\n01")), "413");
  EXPECT_EQ(status(ask("POST", "/admin/length", "X-User: a\r\nContent-Length: 100001\r\n\r\n")),
            "413");
}

TEST_F(HttpExchange, AnswersByTheHeadAloneAndDoesNotAskForTheBody) {
  EXPECT_EQ(status(ask("POST", "/nowhere", "Content-Length: 5000\r\n\r\n")), "404");
  const auto answer =
      ask("POST", "/nowhere", "Content-Length: 5000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status(answer), "404");
  EXPECT_TRUE(answer.contains("connection: close\r\n"));
  EXPECT_TRUE(ask("POST", "/length", "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
                  .starts_with("HTTP/1.1 100 Continue\r\n"));
}

TEST_F(HttpExchange, KeepsTheConnectionIfTheRestOfARefusedRequestIsSmall) {
  auto client = connect();
  const auto refused = loop_.exchange(
      client, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n01234");
  EXPECT_EQ(status(refused), "404");
  EXPECT_FALSE(refused.contains("connection: close"));
  EXPECT_EQ(loop_.exchange(client, "56789"), "");
  EXPECT_EQ(status(loop_.exchange(client, "GET /hello HTTP/1.1\r\nHost: a\r\n\r\n")), "200");
  const auto chunked =
      loop_.exchange(client,
                     "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                     "3\r\nabc\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(status(chunked), "404");
  EXPECT_TRUE(chunked.contains("HTTP/1.1 200 OK"));
}

TEST_F(HttpExchange, ClosesIfTheRestOfARefusedRequestIsLargeOrMalformed) {
  auto large = connect();
  EXPECT_TRUE(
      loop_.exchange(large, "POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 70000\r\n\r\n")
          .contains("connection: close\r\n"));
  EXPECT_TRUE(large.closed());
  auto malformed = connect();
  const auto answer = loop_.exchange(
      malformed, "POST /nowhere HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nnonsense");
  EXPECT_EQ(status(answer), "404");
  EXPECT_FALSE(answer.contains("400"));
  EXPECT_TRUE(malformed.closed());
}

TEST_F(HttpExchange, TellsHowEachRequestEnded) {
  ask("GET", "/hello");
  ask("HEAD", "/hello");
  ask("GET", "/nowhere");
  ask("GET", "/hello", "A : b\r\n\r\n");
  EXPECT_EQ(outcomes_, "/hello 200 6\n/hello 200 0\n/nowhere 404 33\n 400 48\n");
}

}  // namespace
}  // namespace coppice::net::http
