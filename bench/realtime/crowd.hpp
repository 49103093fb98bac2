#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "client.hpp"

namespace coppice::bench {

using Clock = std::chrono::steady_clock;

/// Many clients of one server on one thread. They come from several loopback addresses, so that
/// ports last.
class Crowd {
 public:
  /// A text message for one client, by its number.
  using OnText = std::function<void(std::size_t client, std::string_view text)>;
  /// A client has lost its connection, or did not get one.
  using OnClosed = std::function<void(std::size_t client)>;

  explicit Crowd(std::uint16_t port);
  Crowd(const Crowd&) = delete;
  Crowd& operator=(const Crowd&) = delete;
  ~Crowd();

  OnText on_text;
  std::function<void(std::size_t client)> on_open;
  OnClosed on_closed;  ///< Without one, that ends the program.
  std::function<void()> after_poll;

  /// Adds clients that will ask for @p target, and returns the number of the first.
  std::size_t add(std::size_t count, const std::string& target);

  /// Connects all that aren't, a few at a time, and waits until they are.
  void connect();

  /// Begins to connect one client.
  void begin(std::size_t client);
  /// Drops one client's connection.
  void drop(std::size_t client);

  void send(std::size_t client, std::string_view wire);

  /// Handles what happens within @p patience, or until something has.
  void poll(std::chrono::milliseconds patience);

  /// Polls until @p done. Ends the program if that takes longer than @p patience.
  void run_until(const std::function<bool()>& done, std::string_view what,
                 std::chrono::seconds patience = std::chrono::seconds(60));

  /// Polls for a while, whatever happens.
  void run_for(std::chrono::milliseconds time);

  /// Polls until nothing has come for a while.
  void run_until_quiet();

  [[nodiscard]] std::size_t size() const noexcept { return members_.size(); }
  [[nodiscard]] std::size_t open() const noexcept { return open_; }
  [[nodiscard]] const Client& client(std::size_t number) const { return members_[number].client; }
  [[nodiscard]] std::size_t messages() const noexcept { return messages_; }

 private:
  struct Member {
    Client client;
    std::string target;
    bool watched_for_writing = false;
  };

  void handle(std::size_t number, std::uint32_t events);
  void settle(std::size_t number, Client::State before);
  void watch(int operation, std::size_t number);

  const std::uint16_t port_;
  const int epoll_;
  std::vector<char> scratch_;
  std::vector<Member> members_;
  std::size_t open_ = 0;
  std::size_t messages_ = 0;
};

/// Says why and ends the program: a benchmark that goes wrong has no result.
[[noreturn]] void give_up(std::string_view why);

}  // namespace coppice::bench
