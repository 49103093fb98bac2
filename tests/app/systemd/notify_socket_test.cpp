#include "app/systemd/notify_socket.hpp"

#include <gtest/gtest.h>

#include "app/systemd/fake_manager.hpp"
#include "db/temporary_directory.hpp"

namespace coppice::app::systemd {
namespace {

TEST(NotifySocket, TellsASocketInAFolder) {
  const db::TemporaryDirectory directory;
  const FakeManager manager((directory / "notify").string());
  const auto socket = NotifySocket::open(manager.address());
  ASSERT_TRUE(socket);
  ASSERT_TRUE(socket->tell("READY=1\nSTATUS=well"));
  EXPECT_EQ(manager.next(), "READY=1\nSTATUS=well");
}

TEST(NotifySocket, TellsAnAbstractSocket) {
  const FakeManager manager("@coppice-test-" + std::to_string(getpid()));
  const auto socket = NotifySocket::open(manager.address());
  ASSERT_TRUE(socket);
  ASSERT_TRUE(socket->tell("READY=1"));
  EXPECT_EQ(manager.next(), "READY=1");
}

TEST(NotifySocket, SaysWhatIsNoAddress) {
  for (const std::string address : {"", "/", "@", "relative/path", "vsock:2:1234"}) {
    EXPECT_FALSE(NotifySocket::open(address)) << address;
  }
  EXPECT_FALSE(NotifySocket::open("/" + std::string(200, 'a')));
}

TEST(NotifySocket, SaysThatNobodyListens) {
  const auto socket = NotifySocket::open("/no/such/socket");
  ASSERT_TRUE(socket);
  EXPECT_FALSE(socket->tell("READY=1"));
}

}  // namespace
}  // namespace coppice::app::systemd
