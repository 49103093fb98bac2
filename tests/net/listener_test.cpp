#include "net/listener.hpp"

#include <optional>
#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/system/errc.hpp>
#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

namespace coppice::net {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

ListenOptions on(std::string address) {
  ListenOptions options;
  options.address = std::move(address);
  options.port = 0;
  return options;
}

tcp::endpoint loopback_v4(const Acceptor& acceptor) {
  return {boost::asio::ip::address_v4::loopback(), acceptor.local_endpoint().port()};
}

TEST(Listen, RefusesAnAddressThatIsNone) {
  boost::asio::io_context io;
  const auto acceptor = listen(io.get_executor(), on("localhost"));
  ASSERT_FALSE(acceptor);
  EXPECT_EQ(acceptor.error().code, actors::Errc::invalid_argument);
  EXPECT_NE(acceptor.error().context.find("\"localhost\""), std::string::npos);
}

TEST(Listen, SaysWhichPortIsTakenAndWhatToDo) {
  boost::asio::io_context io;
  const auto first = listen(io.get_executor(), on("127.0.0.1"));
  ASSERT_TRUE(first);
  auto options = on("127.0.0.1");
  options.port = first->local_endpoint().port();
  const auto second = listen(io.get_executor(), options);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, actors::Errc::io_error);
  EXPECT_NE(second.error().context.find("port " + std::to_string(options.port)), std::string::npos);
  EXPECT_NE(second.error().context.find("choose another PORT"), std::string::npos);
}

TEST(Listen, LetsSeveralShareAPortIfAsked) {
  boost::asio::io_context io;
  auto options = on("127.0.0.1");
  options.sharing = Sharing::first;
  const auto first = listen(io.get_executor(), options);
  ASSERT_TRUE(first);
  options.port = first->local_endpoint().port();
  options.sharing = Sharing::joins;
  EXPECT_TRUE(listen(io.get_executor(), options));
}

TEST(Listen, TakesNoPartOfAPortThatAnotherProcessShares) {
  boost::asio::io_context io;
  auto options = on("127.0.0.1");
  options.sharing = Sharing::first;
  const auto theirs = listen(io.get_executor(), options);
  ASSERT_TRUE(theirs);
  options.port = theirs->local_endpoint().port();
  EXPECT_FALSE(listen(io.get_executor(), options));
}

/// Binds as on a machine without IPv6: that fails with @p error, and is noted.
OpenAcceptor without_ipv6(boost::system::error_code error, std::vector<std::string>& tried) {
  return [error, &tried](const Executor& executor, const tcp::endpoint& at,
                         const ListenOptions& options) {
    tried.push_back(at.address().to_string());
    if (at.address().is_v6()) throw boost::system::system_error(error);
    Acceptor acceptor(executor, at.protocol());
    acceptor.bind(at);
    acceptor.listen(options.backlog);
    return acceptor;
  };
}

TEST(Listen, FallsBackToIpv4OnAMachineWithoutIpv6) {
  boost::asio::io_context io;
  for (const auto error :
       {boost::asio::error::make_error_code(boost::asio::error::address_family_not_supported),
        boost::system::errc::make_error_code(boost::system::errc::address_not_available)}) {
    std::vector<std::string> tried;
    const auto acceptor = listen(io.get_executor(), on("::"), without_ipv6(error, tried));
    ASSERT_TRUE(acceptor) << acceptor.error().context;
    EXPECT_EQ(tried, (std::vector<std::string>{"::", "0.0.0.0"}));
    tcp::socket client(io);
    client.connect(loopback_v4(*acceptor));
  }
}

TEST(Listen, FallsBackForNothingElse) {
  boost::asio::io_context io;
  std::vector<std::string> tried;
  const auto taken = boost::asio::error::make_error_code(boost::asio::error::address_in_use);
  EXPECT_FALSE(listen(io.get_executor(), on("::"), without_ipv6(taken, tried)));
  EXPECT_EQ(tried, std::vector<std::string>{"::"});

  const auto missing =
      boost::asio::error::make_error_code(boost::asio::error::address_family_not_supported);
  EXPECT_FALSE(listen(io.get_executor(), on("::1"), without_ipv6(missing, tried)));
  EXPECT_EQ(tried, (std::vector<std::string>{"::", "::1"}));
}

/// Accepts one connection at a time on a loop that the test turns.
class AcceptLoop : public ::testing::Test {
 protected:
  void start(const std::string& address) {
    auto acceptor = listen(io_.get_executor(), on(address));
    ASSERT_TRUE(acceptor) << acceptor.error().context;
    acceptor_ = std::make_shared<Acceptor>(*std::move(acceptor));
    endpoint_ = loopback_v4(*acceptor_);
    begin();
  }

  void begin() {
    ended_ = false;
    io_.restart();  // it has run out of work if a loop ended before
    AcceptHooks hooks;
    hooks.on_connection = [this](Socket socket, Peer peer) {
      socket_ = std::move(socket);
      peer_ = peer;
    };
    hooks.on_error = [this](boost::system::error_code error) {
      errors_.push_back(error);
      if (!turn_away_) lift_limit();
    };
    if (turn_away_) {
      hooks.on_no_descriptor = [this](const Socket& /*socket*/, Peer peer) {
        ++turned_away_;
        EXPECT_EQ(peer.address, boost::asio::ip::address_v4::loopback());
      };
    }
    hooks.back_off = 1ms;
    const auto on_end = [this](std::exception_ptr failure) {
      ended_ = true;
      failure_ = std::move(failure);
    };
    boost::asio::co_spawn(io_.get_executor(), accept_loop(acceptor_, std::move(hooks)),
                          boost::asio::bind_cancellation_slot(stop_.slot(), on_end));
  }

  void TearDown() override { lift_limit(); }

  void limit_files_to(rlim_t count) {
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
    if (!before_) before_ = limit;
    limit.rlim_cur = count;
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }

  void lift_limit() {
    if (before_) setrlimit(RLIMIT_NOFILE, &*before_);
    before_.reset();
  }

  boost::asio::io_context io_{1};
  boost::asio::cancellation_signal stop_;
  std::shared_ptr<Acceptor> acceptor_;
  tcp::endpoint endpoint_;
  std::optional<Socket> socket_;
  Peer peer_;
  std::vector<boost::system::error_code> errors_;
  bool turn_away_ = false;
  int turned_away_ = 0;
  std::optional<rlimit> before_;
  bool ended_ = false;
  std::exception_ptr failure_;
};

TEST_F(AcceptLoop, ShowsAnIpv4ClientOfADualStackListenerAsIpv4) {
  start("::");
  tcp::socket client(io_);
  client.connect(endpoint_);
  while (!socket_) io_.run_one();
  EXPECT_EQ(peer_.address, boost::asio::ip::address_v4::loopback());
  EXPECT_EQ(peer_.port, client.local_endpoint().port());
  EXPECT_TRUE(socket_->non_blocking());
}

TEST_F(AcceptLoop, GoesOnAfterFileDescriptorsHaveRunOut) {
  start("127.0.0.1");
  io_.poll();
  tcp::socket client(io_);
  client.connect(endpoint_);
  const int next_file = dup(0);
  close(next_file);
  limit_files_to(static_cast<rlim_t>(next_file));
  while (!socket_) io_.run_one();
  ASSERT_FALSE(errors_.empty());
  EXPECT_EQ(errors_.front(), boost::asio::error::no_descriptors);
}

TEST_F(AcceptLoop, TurnsClientsAwayWhileFileDescriptorsHaveRunOut) {
  turn_away_ = true;
  start("127.0.0.1");
  io_.poll();
  std::vector<tcp::socket> clients;
  for (int n = 0; n < 3; ++n) clients.emplace_back(io_).connect(endpoint_);
  const int next_file = dup(0);
  close(next_file);
  limit_files_to(static_cast<rlim_t>(next_file));
  while (turned_away_ < 3) io_.run_one();
  EXPECT_FALSE(socket_);
  EXPECT_EQ(errors_.front(), boost::asio::error::no_descriptors);
  for (auto& client : clients) {
    char byte = 0;
    boost::system::error_code error;
    client.read_some(boost::asio::buffer(&byte, 1), error);
    EXPECT_EQ(error, boost::asio::error::eof);
  }
  io_.poll();  // nobody is left to turn away
  lift_limit();
  tcp::socket client(io_);
  client.connect(endpoint_);
  while (!socket_) io_.run_one();
  EXPECT_EQ(peer_.port, client.local_endpoint().port());
}

TEST_F(AcceptLoop, EndsWhenItIsCancelled) {
  start("127.0.0.1");
  io_.poll();
  stop_.emit(boost::asio::cancellation_type::terminal);
  while (!ended_) io_.run_one();
  EXPECT_FALSE(failure_);
}

TEST_F(AcceptLoop, LeavesClientsThatItDidNotAcceptToTheNext) {
  start("127.0.0.1");
  io_.poll();
  stop_.emit(boost::asio::cancellation_type::terminal);
  while (!ended_) io_.run_one();
  tcp::socket client(io_);
  client.connect(endpoint_);
  EXPECT_FALSE(socket_);
  begin();
  while (!socket_) io_.run_one();
  EXPECT_EQ(peer_.port, client.local_endpoint().port());
}

TEST_F(AcceptLoop, EndsWhenItsAcceptorIsClosed) {
  start("127.0.0.1");
  io_.poll();
  acceptor_->close();
  while (!ended_) io_.run_one();
  EXPECT_FALSE(failure_);
  EXPECT_TRUE(errors_.empty());
  auto options = on("127.0.0.1");
  options.port = endpoint_.port();
  EXPECT_TRUE(listen(io_.get_executor(), options));
}

}  // namespace
}  // namespace coppice::net
