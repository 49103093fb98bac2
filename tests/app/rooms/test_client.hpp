#pragma once

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "actors/pubsub/probe.hpp"
#include "actors/testkit/world.hpp"
#include "app/rooms/client.hpp"
#include "net/channels/socket.hpp"

namespace coppice::app::rooms {

using Frames = std::vector<std::string>;

/// A client of channels over no transport, and the actor behind its connection.
class TestClient {
 public:
  using Probe = actors::pubsub::Probe;
  /// Makes the client's channels, on its shard.
  using Open = std::function<std::shared_ptr<net::channels::ChannelFactory>(const ClientPtr&)>;

  TestClient(actors::testkit::World& world, Client client, const Open& open,
             net::channels::Version version = net::channels::Version::v2)
      : world_(world), connection_(world.spawn<Probe>()) {
    client.connection = connection_.pid();
    net::channels::Socket::Options options;
    options.version = version;
    options.on_crash = std::make_shared<const net::channels::CrashHandler>(
        [this](const std::string& topic, const std::exception_ptr&) { crashed.push_back(topic); });
    run([&] {
      auto channels = open(std::make_shared<const Client>(std::move(client)));
      socket_ = net::channels::Socket::make(std::move(channels), sink_, std::move(options));
    });
  }
  ~TestClient() {
    run([&] { socket_.reset(); });
  }
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  /// Sends frames, all before anybody else gets a turn. Returns what has come since the last look.
  Frames send(const Frames& frames) {
    run([&] {
      for (const auto& frame : frames) EXPECT_TRUE(socket_->receive_text(frame)) << frame;
    });
    return take();
  }
  Frames send(const std::string& frame) { return send(Frames{frame}); }

  Frames take() {
    world_.run();
    return std::exchange(sink_->sent, {});
  }

  /// Runs a function on the connection's shard.
  void run(const std::function<void()>& what) {
    ASSERT_TRUE(world_.call(connection_, Probe::Run{[&](Probe&) { what(); }}));
  }

  /// Has the next frame that contains @p text fail to be sent.
  void fail_at(const std::string& text) { sink_->fails_at = text; }

  /// So much of what was sent before waits for the client.
  void queue(std::size_t bytes) { sink_->queued = bytes; }

  [[nodiscard]] bool is_connected() { return world_.alive(connection_.pid()); }

  Frames crashed;  ///< Topics.

 private:
  class Sink final : public net::channels::FrameSink {
   public:
    void send(const net::websocket::Frame& frame) override {
      const std::string text(frame.payload());
      if (!fails_at.empty() && text.find(fails_at) != std::string::npos) {
        fails_at.clear();
        throw std::runtime_error("it can't be sent");
      }
      sent.push_back(text);
    }
    [[nodiscard]] std::size_t queued_bytes() const noexcept override { return queued; }

    Frames sent;
    std::string fails_at;
    std::size_t queued = 0;
  };

  actors::testkit::World& world_;
  actors::Ref<Probe> connection_;
  std::shared_ptr<Sink> sink_ = std::make_shared<Sink>();
  std::shared_ptr<net::channels::Socket> socket_;
};

/// The error that a message with join_ref and ref "1" is answered with.
inline Frames refusal(const std::string& topic, const std::string& reason,
                      const std::string& ref = "1") {
  return {R"(["1",")" + ref + R"(",")" + topic +
          R"(","phx_reply",{"status":"error","response":{"reason":")" + reason + R"("}}])"};
}

}  // namespace coppice::app::rooms
