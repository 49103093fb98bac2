// What a client over TCP hears of a session that is cut. Socket pairs, which other tests use, have
// no reset.
#include <array>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "net/loopback.hpp"
#include "net/websocket/client_frames.hpp"
#include "net/websocket/session.hpp"

namespace coppice::net::websocket {
namespace {

using boost::asio::ip::tcp;
using TcpSocket = boost::asio::basic_stream_socket<tcp, Executor>;

/// Notes how the session ended.
class Listener final : public Owner {
 public:
  void on_text(std::string_view /*message*/) override {}
  void on_binary(std::string_view /*message*/) override {}
  void on_close(const CloseInfo& info) noexcept override { ended_by = info.cause; }

  std::optional<CloseCause> ended_by;
};

class WebSocketCut : public ::testing::Test {
 protected:
  WebSocketCut() {
    client_.connect(acceptor_.local_endpoint());
    acceptor_.accept(server_);
  }

  /// Has the client send bytes, which the server does not read any more.
  void cut_with_unread(std::string_view bytes) {
    if (!bytes.empty()) {
      boost::asio::write(client_, boost::asio::buffer(bytes));
      server_.wait(TcpSocket::wait_read);
    }
    session_ = Session::make(Socket(std::move(server_)), loop_.connections(),
                             std::make_shared<const Options>());
    session_->start(owner_, {}, [](const std::exception_ptr&) {});
    session_->cut();
    loop_.pump();
  }

  /// Everything that the client can read before its connection ends.
  std::string read_to_the_end() {
    std::string read;
    std::array<char, 1024> buffer{};
    while (!end_) {
      read.append(buffer.data(), client_.read_some(boost::asio::buffer(buffer), end_));
    }
    return read;
  }

  net::testing::Loopback loop_;
  Acceptor acceptor_{loop_.io().get_executor(),
                     tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  TcpSocket client_{loop_.io().get_executor()};
  TcpSocket server_{loop_.io().get_executor()};
  std::shared_ptr<Listener> owner_ = std::make_shared<Listener>();
  std::shared_ptr<Session> session_;
  boost::system::error_code end_;
};

TEST_F(WebSocketCut, TellsTheClientAndEndsInOrder) {
  cut_with_unread("");
  auto read = read_to_the_end();
  const auto frames = testing::take_frames(read);
  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].payload, testing::close_payload(1011));
  EXPECT_EQ(end_, boost::asio::error::eof);
  EXPECT_EQ(owner_->ended_by, CloseCause::failed);
}

// Closing with input unread resets the connection: what has arrived at the client by then can be
// read all the same.
TEST_F(WebSocketCut, TellsTheClientThoughItsOwnBytesAreUnread) {
  cut_with_unread(testing::text("nobody reads this"));
  auto read = read_to_the_end();
  const auto frames = testing::take_frames(read);
  ASSERT_EQ(frames.size(), 1U) << end_.message();
  EXPECT_EQ(frames[0].payload, testing::close_payload(1011));
  EXPECT_EQ(owner_->ended_by, CloseCause::failed);
}

}  // namespace
}  // namespace coppice::net::websocket
