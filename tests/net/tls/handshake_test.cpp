#include "net/tls/handshake.hpp"

#include <array>
#include <csignal>
#include <functional>
#include <sys/socket.h>
#include <unistd.h>

#include "net/http/session.hpp"
#include "net/loopback.hpp"
#include "net/tls/tls_fixture.hpp"

namespace coppice::net::tls {
namespace {

using http::Response;
using http::Status;
using std::chrono::seconds;

/// A client of TLS on one end of a socket pair, which does what it can without waiting.
class TlsClient {
 public:
  explicit TlsClient(int socket, std::function<void(SSL_CTX*)> set_up = {})
      : context_(SSL_CTX_new(TLS_client_method())), socket_(socket) {
    if (set_up) set_up(context_.get());
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_);
    SSL_set_connect_state(ssl_.get());
  }
  TlsClient(const TlsClient&) = delete;
  TlsClient& operator=(const TlsClient&) = delete;
  ~TlsClient() { ::close(socket_); }

  bool shake_hands() {
    ERR_clear_error();
    return SSL_do_handshake(ssl_.get()) == 1;
  }
  void send(std::string_view bytes) {
    ERR_clear_error();
    SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  }
  /// What has come, as far as @p most.
  std::string receive(std::size_t most = 1U << 24U) {
    std::string received;
    std::array<char, 16384> piece{};
    while (received.size() < most) {
      ERR_clear_error();
      const int size = SSL_read(ssl_.get(), piece.data(), static_cast<int>(piece.size()));
      if (size <= 0) break;
      received.append(piece.data(), static_cast<std::size_t>(size));
    }
    return received;
  }
  [[nodiscard]] bool was_told_of_the_end() const {
    return (SSL_get_shutdown(ssl_.get()) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  [[nodiscard]] std::string raw() const {
    std::string received(4096, '\0');
    const auto size = ::recv(socket_, received.data(), received.size(), MSG_DONTWAIT);
    received.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return received;
  }
  /// Past TLS.
  void send_raw(std::string_view bytes) const {
    EXPECT_EQ(::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
  }
  [[nodiscard]] bool closed() const {
    char byte = 0;
    return ::recv(socket_, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
  }
  [[nodiscard]] SSL* ssl() const { return ssl_.get(); }

 private:
  std::unique_ptr<SSL_CTX, testing::FreeWith<SSL_CTX_free>> context_;
  std::unique_ptr<SSL, testing::FreeWith<SSL_free>> ssl_;
  int socket_;
};

constexpr std::size_t kLarge = 3'000'000;

Response answer(const http::Request& request) {
  if (request.path == "/large") return Response::text(Status::ok, std::string(kLarge, 'x'));
  return Response::text(Status::ok, request.secure ? "secure" : "plain");
}

class HandshakeTest : public ::testing::Test {
 protected:
  HandshakeTest() {
    // Of the client, whose way to the socket is OpenSSL's own; ours raises none.
    std::signal(SIGPIPE, SIG_IGN);
    handshakes_->certificates = Certificates::load(folder_.files()).value();
    handshakes_->on_failure = [this](const std::string& why) { failures_.push_back(why); };
    http::Server server;
    server.router = std::make_shared<const http::Router>(
        std::vector<http::Route>{http::get("/", answer), http::get("/large", answer)});
    server.connections = loop_.connections();
    server_ = std::make_shared<const http::Server>(std::move(server));
  }

  static Awaitable<void> serve(Socket socket, std::shared_ptr<Handshakes> handshakes,
                               std::shared_ptr<const http::Server> server) {
    auto stream = co_await shake_hands(std::move(socket), handshakes, server->connections);
    if (stream) co_await http::serve(std::move(*stream), Peer(), server);
  }

  std::unique_ptr<TlsClient> connect(std::function<void(SSL_CTX*)> set_up = {}) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    Socket socket(loop_.io().get_executor(), boost::asio::generic::stream_protocol(AF_UNIX, 0),
                  ends[1]);
    loop_.spawn(serve(std::move(socket), handshakes_, server_));
    return std::make_unique<TlsClient>(ends[0], std::move(set_up));
  }

  bool complete(TlsClient& client) {
    bool done = false;
    for (int turn = 0; turn < 10 && !done; ++turn) {
      done = client.shake_hands();
      loop_.pump();
    }
    return done;
  }

  std::string exchange(TlsClient& client, std::string_view bytes) {
    client.send(bytes);
    loop_.pump();
    return client.receive();
  }

  static std::string get(std::string_view path, std::string_view headers = "") {
    return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n" + std::string(headers) + "\r\n";
  }

  testing::PairFolder folder_;
  net::testing::Loopback loop_;
  std::shared_ptr<Handshakes> handshakes_ = std::make_shared<Handshakes>();
  std::shared_ptr<const http::Server> server_;
  std::vector<std::string> failures_;
};

TEST_F(HandshakeTest, ARequestIsServedAndKnowsThatItIsSecure) {
  const auto client = connect();
  ASSERT_TRUE(complete(*client));
  EXPECT_TRUE(exchange(*client, get("/")).ends_with("\r\n\r\nsecure"));
  EXPECT_TRUE(exchange(*client, get("/")).ends_with("\r\n\r\nsecure")) << "and the next";
  EXPECT_EQ(handshakes_->under_way, 0U);
}

TEST_F(HandshakeTest, AResponseThatDoesNotFitWaitsForItsReader) {
  const auto client = connect();
  ASSERT_TRUE(complete(*client));
  client->send(get("/large") + get("/"));
  std::string received;
  for (int turn = 0; turn < 2000 && !received.ends_with("secure"); ++turn) {
    loop_.pump();
    received += client->receive(50'000);
  }
  const auto body = received.find("\r\n\r\n") + 4;
  EXPECT_EQ(received.find_first_not_of('x', body), body + kLarge);
  EXPECT_TRUE(received.ends_with("\r\n\r\nsecure"));
}

TEST_F(HandshakeTest, ManyRecordsInOneReadAreAllAnswered) {
  const auto client = connect();
  ASSERT_TRUE(complete(*client));
  for (const char byte : get("/")) client->send(std::string_view(&byte, 1));
  loop_.pump();
  EXPECT_TRUE(client->receive().ends_with("\r\n\r\nsecure"));
}

TEST_F(HandshakeTest, TheEndIsSaidInTheWordsOfTls) {
  const auto client = connect();
  ASSERT_TRUE(complete(*client));
  EXPECT_TRUE(exchange(*client, get("/", "Connection: close\r\n")).ends_with("secure"));
  EXPECT_TRUE(client->was_told_of_the_end());
}

TEST_F(HandshakeTest, AClientThatClosesEndsItsSession) {
  const auto client = connect();
  ASSERT_TRUE(complete(*client));
  SSL_shutdown(client->ssl());
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_FALSE(loop_.failure());
}

TEST_F(HandshakeTest, PlainHttpIsAnsweredInPlainHttp) {
  const auto client = connect();
  client->send_raw(get("/"));
  loop_.pump();
  const auto answer = client->raw();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 Bad Request\r\n")) << answer;
  EXPECT_NE(answer.find("use a URL that begins with https://"), std::string::npos);
}

TEST_F(HandshakeTest, NonsenseIsClosedWithoutAWord) {
  const auto client = connect();
  client->send_raw(std::string("\0\1\2", 3));
  loop_.pump();
  EXPECT_EQ(client->raw(), "");
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HandshakeTest, NonsenseInARecordIsReported) {
  const auto client = connect();
  client->send_raw("\x16\x03\x01\x01hello, who is there? nobody who speaks TLS");
  client->send_raw(std::string(400, 'x'));
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(HandshakeTest, WhoSaysNothingIsClosedAtTheDeadline) {
  const auto client = connect();
  loop_.advance(seconds(9));
  EXPECT_EQ(loop_.finished(), 0);
  loop_.advance(seconds(2));
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_TRUE(client->closed());
}

TEST_F(HandshakeTest, WhoStopsHalfWayIsClosedAtTheDeadline) {
  const auto client = connect();
  EXPECT_FALSE(client->shake_hands());
  loop_.pump();
  EXPECT_EQ(handshakes_->under_way, 1U);
  loop_.advance(seconds(11));
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_EQ(handshakes_->under_way, 0U);
}

TEST_F(HandshakeTest, OneTooManyIsToldByAnAlertAndTheSilentDontCount) {
  handshakes_->most_at_once = 1;
  const auto silent = connect();
  const auto first = connect();
  EXPECT_FALSE(first->shake_hands());
  loop_.pump();
  const auto second = connect();
  EXPECT_FALSE(second->shake_hands());
  loop_.pump();
  EXPECT_FALSE(second->shake_hands());
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_TLSV1_ALERT_INTERNAL_ERROR);
  EXPECT_EQ(loop_.finished(), 1);
  EXPECT_TRUE(complete(*first));
  const auto third = connect();
  EXPECT_TRUE(complete(*third));
}

TEST_F(HandshakeTest, ACancellationClosesAtOnce) {
  const auto client = connect();
  EXPECT_FALSE(client->shake_hands());
  loop_.pump();
  loop_.cancel();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HandshakeTest, DrainingEndsIt) {
  const auto client = connect();
  loop_.pump();
  loop_.connections()->drain();
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 1);
}

TEST_F(HandshakeTest, MakesRoomForOthersAfterItsFirstSeconds) {
  const auto silent = connect();
  const auto half = connect();
  EXPECT_FALSE(half->shake_hands());
  loop_.advance(seconds(4));
  EXPECT_EQ(loop_.connections()->make_room(), 0U);
  loop_.advance(seconds(1));
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  EXPECT_EQ(loop_.connections()->make_room(), 1U);
  loop_.pump();
  EXPECT_EQ(loop_.finished(), 2);
  EXPECT_EQ(loop_.connections()->leaving(), 0U);
  EXPECT_TRUE(silent->closed());
}

TEST_F(HandshakeTest, OldVersionsAndOtherProtocolsAreRefused) {
  const auto old = connect([](SSL_CTX* context) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
  });
  EXPECT_FALSE(complete(*old));
  const auto other = connect([](SSL_CTX* context) {
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>("\2h2"), 3);
  });
  EXPECT_FALSE(complete(*other));
  EXPECT_EQ(loop_.finished(), 2);
  EXPECT_EQ(failures_.size(), 2U);
}

TEST_F(HandshakeTest, Http11IsChosenAmongSeveral) {
  const auto client = connect([](SSL_CTX* context) {
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>("\2h2\10http/1.1"), 12);
  });
  ASSERT_TRUE(complete(*client));
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(client->ssl(), &chosen, &size);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(chosen), size), "http/1.1");
}

TEST_F(HandshakeTest, ANewCertificateIsForNewConnections) {
  const auto before = connect();
  ASSERT_TRUE(complete(*before));
  folder_.renew("second");
  EXPECT_TRUE(handshakes_->certificates->reload_if_changed().value());
  const auto after = connect();
  ASSERT_TRUE(complete(*after));
  const auto name = [](const TlsClient& client) {
    std::array<char, 64> text{};
    X509_NAME_get_text_by_NID(X509_get_subject_name(SSL_get0_peer_certificate(client.ssl())),
                              NID_commonName, text.data(), text.size());
    return std::string(text.data());
  };
  EXPECT_EQ(name(*before), "first");
  EXPECT_EQ(name(*after), "second");
  EXPECT_TRUE(exchange(*before, get("/")).ends_with("secure"));
}

}  // namespace
}  // namespace coppice::net::tls
