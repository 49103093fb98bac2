#include <memory>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "net/http/plugs/compress.hpp"
#include "net/http/plugs/cors.hpp"
#include "net/http/plugs/forwarded.hpp"
#include "net/http/plugs/request_id.hpp"
#include "net/http/plugs/security_headers.hpp"
#include "net/http/session.hpp"
#include "net/loopback.hpp"
#include "support/allocations.hpp"

namespace coppice::net::http {
namespace {

Response alive(const Request& /*request*/) {
  static const auto kBody = std::make_shared<const std::string>(R"({"status":"ok"})");
  return Response::json(Status::ok, kBody);
}

/// A server as an application has it, with all plugs.
class HttpAllocations : public ::testing::Test {
 protected:
  HttpAllocations() {
    std::vector<Plug> plugs{plugs::request_id(), plugs::forwarded({}), plugs::security_headers(),
                            plugs::cors({}).value(), plugs::compress()};
    server_.router = std::make_shared<const Router>(Routes{get("/alive", alive)}, std::move(plugs));
    server_.connections = loop_.connections();
    server_.on_answered = [this](const Request&, const Outcome&) { ++answered_; };
  }

  /// How often a connection that has served for a while takes memory from the heap for what comes
  /// in one piece: for the requests, and for the turn of the event loop.
  std::size_t allocations_for(const std::string& requests) {
    auto [client, socket] = loop_.connect();
    loop_.spawn(serve(std::move(socket), Peer(), std::make_shared<const Server>(server_)));
    for (int i = 0; i < 40; ++i) std::ignore = loop_.exchange(client, requests);
    client.send(requests);
    const auto before = coppice::testing::allocations();
    loop_.pump();
    const auto taken = coppice::testing::allocations() - before;
    EXPECT_TRUE(client.receive().ends_with(R"({"status":"ok"})"));
    return taken;
  }

  testing::Loopback loop_;
  Server server_;
  int answered_ = 0;
};

const std::string kRequest =
    "GET /alive HTTP/1.1\r\nHost: example.com\r\nUser-Agent: a browser of some length\r\n"
    "Accept: application/json\r\nAccept-Encoding: gzip, br\r\nOrigin: https://example.com\r\n\r\n";

TEST_F(HttpAllocations, APlainRequestTakesNoMemory) {
  std::string sixteen;
  for (int i = 0; i < 16; ++i) sixteen += kRequest;
  const auto for_one = allocations_for(kRequest);
  EXPECT_EQ(allocations_for(sixteen), for_one);  // which the turn of the loop has taken
  EXPECT_EQ(answered_, 41 * (1 + 16));
}

}  // namespace
}  // namespace coppice::net::http
