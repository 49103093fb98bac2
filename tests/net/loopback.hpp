#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "actors/time.hpp"
#include "net/connections.hpp"
#include "net/io.hpp"

namespace coppice::net::testing {

class ManualClock final : public actors::Clock {
 public:
  [[nodiscard]] actors::Time now() const noexcept override { return now_; }
  void advance(actors::Duration by) noexcept { now_ += by; }

 private:
  actors::Time now_{std::chrono::hours(1)};
};

/// The client's end of a connection: sends at once, receives what has arrived so far.
class Client {
 public:
  using Stream = boost::asio::local::stream_protocol::socket;

  explicit Client(Stream stream) : stream_(std::move(stream)) { stream_.non_blocking(true); }

  /// Sends as much as the connection takes; returns how much that was.
  std::size_t send(std::string_view bytes) {
    boost::system::error_code error;
    std::size_t sent = 0;
    while (sent < bytes.size() && !error) {
      sent += stream_.write_some(boost::asio::buffer(bytes.substr(sent)), error);
    }
    return sent;
  }

  /// The bytes that have come since the last call, as far as @p most.
  [[nodiscard]] std::string receive(std::size_t most = SIZE_MAX) {
    std::string received;
    std::array<char, 16384> buffer{};
    boost::system::error_code error;
    while (received.size() < most) {
      const auto room = std::min(buffer.size(), most - received.size());
      const auto size = stream_.read_some(boost::asio::buffer(buffer.data(), room), error);
      if (error) break;
      received.append(buffer.data(), size);
    }
    if (error && error != boost::asio::error::would_block) closed_ = true;
    return received;
  }

  /// Whether the server has closed, as far as receive() has seen.
  [[nodiscard]] bool closed() const noexcept { return closed_; }

  void shutdown_send() { stream_.shutdown(Stream::shutdown_send); }
  void close() { stream_.close(); }

 private:
  Stream stream_;
  bool closed_ = false;
};

/// An event loop that the test turns by hand, with time that the test advances: connections are
/// socket pairs, so what one side has sent the other can receive at once.
class Loopback {
 public:
  Loopback()
      : clock_(std::make_shared<ManualClock>()),
        connections_(Connections::make(io_.get_executor(),
                                       {.resolution = std::chrono::hours(1), .clock = clock_})) {}

  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] const std::shared_ptr<Connections>& connections() const { return connections_; }
  [[nodiscard]] ManualClock& clock() { return *clock_; }

  /// A connected pair: the client's end and the server's.
  [[nodiscard]] std::pair<Client, Socket> connect() {
    using Protocol = boost::asio::local::stream_protocol;
    Client::Stream client(io_);
    boost::asio::basic_stream_socket<Protocol, Executor> server(io_.get_executor());
    boost::asio::local::connect_pair(client, server);
    return {Client(std::move(client)), Socket(std::move(server))};
  }

  /// Runs a coroutine on the loop; finished() and failure() tell how it ended.
  template <class T>
  void spawn(Awaitable<T> coroutine) {
    auto& stop = running_.emplace_back();
    const auto on_end = [this, &stop](std::exception_ptr failure, auto&&...) {
      ++finished_;
      if (failure) failure_ = std::move(failure);
      stop.slot().clear();
    };
    boost::asio::co_spawn(io_.get_executor(), std::move(coroutine),
                          boost::asio::bind_cancellation_slot(stop.slot(), on_end));
  }

  /// Cancels whatever runs.
  void cancel() {
    for (auto& stop : running_) stop.emit(boost::asio::cancellation_type::terminal);
  }

  [[nodiscard]] int finished() const noexcept { return finished_; }
  [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }

  /// Lets the loop do all that it can do now.
  void pump() {
    io_.restart();
    while (io_.poll() > 0) {
    }
  }

  void advance(actors::Duration by) {
    pump();
    clock_->advance(by);
    connections_->sweep();
    pump();
  }

  /// Sends, lets the server work, and returns its answer.
  std::string exchange(Client& client, std::string_view bytes) {
    client.send(bytes);
    pump();
    return client.receive();
  }

 private:
  std::list<boost::asio::cancellation_signal> running_;  // outlives what the loop still holds
  boost::asio::io_context io_{1};
  std::shared_ptr<ManualClock> clock_;
  std::shared_ptr<Connections> connections_;
  int finished_ = 0;
  std::exception_ptr failure_;
};

/// A generator whose seed is printed if the test fails; COPPICE_TEST_SEED repeats a run.
class Random {
 public:
  Random()
      : seed_(choose_seed()),
        trace_(__FILE__, __LINE__, "COPPICE_TEST_SEED=" + std::to_string(seed_)),
        engine_(seed_) {}

  [[nodiscard]] std::size_t between(std::size_t low, std::size_t high) {
    return std::uniform_int_distribution<std::size_t>(low, high)(engine_);
  }

  /// Cuts @p bytes into random pieces, small ones mostly.
  [[nodiscard]] std::vector<std::string> pieces(std::string_view bytes) {
    std::vector<std::string> cut;
    while (!bytes.empty()) {
      const auto most = between(0, 3) == 0 ? bytes.size() : std::min<std::size_t>(bytes.size(), 8);
      const auto size = between(1, most);
      cut.emplace_back(bytes.substr(0, size));
      bytes.remove_prefix(size);
    }
    return cut;
  }

 private:
  static unsigned choose_seed() {
    const char* given = std::getenv("COPPICE_TEST_SEED");
    return given != nullptr ? static_cast<unsigned>(std::strtoul(given, nullptr, 10))
                            : std::random_device{}();
  }

  unsigned seed_;
  ::testing::ScopedTrace trace_;
  std::mt19937 engine_;
};

}  // namespace coppice::net::testing
