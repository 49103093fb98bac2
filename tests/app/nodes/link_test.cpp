#include "app/nodes/link.hpp"

#include <tuple>

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "actors/spawn.hpp"
#include "db/database_fixture.hpp"
#include "net/http/router.hpp"
#include "net/server/http_endpoint.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app::nodes {
namespace {

using namespace std::chrono_literals;
using actors::Errc;
using db::must;
using net::http::Request;
using net::http::Response;
using net::http::Status;

/// A node that answers with what it was sent.
class LinkTest : public testing::Test {
 protected:
  LinkTest() { serve(key_of_cluster("secret").server_context()); }
  ~LinkTest() override { stop(); }

  void serve(std::shared_ptr<SSL_CTX> context) {
    net::http::PlainHandler echo = [](const Request& request) {
      const auto version = request.header("coppice-node").value_or("none");
      const auto more = request.header("more");
      return Response::text(Status::ok, std::string(version) + ": " + request.body +
                                            (more ? " and " + std::string(*more) : ""));
    };
    net::server::HttpOptions options;
    options.listen = {.address = "127.0.0.1", .port = 0};
    options.router = std::make_shared<const net::http::Router>(
        net::http::Routes{net::http::post("/echo", std::move(echo), {})});
    options.certificates = net::tls::Certificates::fixed(std::move(context));
    endpoint_ = std::make_shared<net::server::HttpEndpoint>(runtime_, std::move(options));
    supervisor::SupervisorSpec tree{.children = {net::server::http_child(endpoint_, {}, "nodes")}};
    root_ = must(actors::spawn<supervisor::Supervisor>(runtime_, {.place = runtime_.root()},
                                                       std::move(tree)))
                .pid();
  }

  void stop() {
    std::ignore = runtime_.stop(root_, actors::ExitReason::shutdown(), 5s);
    endpoint_->drain();
    endpoint_->clear();
  }

  [[nodiscard]] std::string node() const {
    return "127.0.0.1:" + std::to_string(endpoint_->port());
  }
  [[nodiscard]] actors::Result<Link::Answer> post(Link& link, const std::string& node) {
    return link.post(node, "/echo", "hello", 5s, stop_.get_token());
  }

  actors::Runtime runtime_{{.shards = 1}};
  std::shared_ptr<net::server::HttpEndpoint> endpoint_;
  actors::Pid root_;
  std::stop_source stop_;
};

TEST_F(LinkTest, BringsAnAnswerFromANodeWithTheSameSecret) {
  Link link(key_of_cluster("secret"), 1);
  const auto answer = must(post(link, node()));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "1: hello");
}

TEST_F(LinkTest, UsesAConnectionAgain) {
  Link link(key_of_cluster("secret"), 1);
  must(post(link, node()));
  EXPECT_EQ(must(post(link, node())).body, "1: hello");
}

TEST_F(LinkTest, SendsHeadersWithTheRequestThatTheyAreFor) {
  Link link(key_of_cluster("secret"), 1);
  const std::vector<std::string> more{"more: this"};
  EXPECT_EQ(must(link.post(node(), "/echo", "hello", 5s, stop_.get_token(), more)).body,
            "1: hello and this");
  EXPECT_EQ(must(post(link, node())).body, "1: hello");
}

TEST_F(LinkTest, TakesThePortOfItsOwnForANodeWhoseNameHasNone) {
  Link link(key_of_cluster("secret"), endpoint_->port());
  EXPECT_EQ(must(post(link, "127.0.0.1")).status, 200);
}

TEST_F(LinkTest, TrustsNoServerWhoseKeyIsAnother) {
  stop();
  const auto context = key_of_cluster("another").server_context();
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);  // it would let anybody in
  serve(context);
  Link link(key_of_cluster("secret"), 1);
  EXPECT_EQ(post(link, node()).error(), Errc::unavailable);
}

TEST_F(LinkTest, IsLetInNowhereWithAnotherSecret) {
  Link link(key_of_cluster("another"), 1);
  EXPECT_EQ(post(link, node()).error(), Errc::unavailable);
}

TEST_F(LinkTest, SaysThatNobodyWasAskedWhereNobodyIs) {
  const auto nobody = node();
  stop();
  Link link(key_of_cluster("secret"), 1);
  EXPECT_EQ(post(link, nobody).error(), Errc::unavailable);
}

TEST_F(LinkTest, EndsWhenItIsToldTo) {
  Link link(key_of_cluster("secret"), 1);
  stop_.request_stop();
  EXPECT_EQ(post(link, node()).error(), Errc::cancelled);
}

}  // namespace
}  // namespace coppice::app::nodes
