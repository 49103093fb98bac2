#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/runtime.hpp"
#include "net/channels/endpoint.hpp"
#include "net/channels/longpoll_session.hpp"
#include "net/http/handler.hpp"
#include "net/http/route.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::net::channels {

struct LongPollOptions {
  /// Bytes that may wait for a client's next poll; one frame more ends its session.
  std::size_t max_queued_bytes = std::size_t{1} * 1024 * 1024;
  /// Where slow clients are counted; null for nowhere.
  websocket::SlowClientStatsPtr slow_clients{};
  std::size_t max_sessions = 10'000;
  std::size_t max_body_bytes = 8'000'000;
  LongPollTimes times{};
};

/// The long-poll transport of Phoenix Channels: the route, and the sessions behind it.
///
/// A session is known by 32 random bytes in the client's hands. It lives on the shard where it
/// began; polls reach it from any.
///
/// Thread: any.
class LongPolls final : public std::enable_shared_from_this<LongPolls> {
 public:
  [[nodiscard]] static std::shared_ptr<LongPolls> make(actors::Runtime& runtime,
                                                       SocketOptions socket,
                                                       LongPollOptions options = {});
  LongPolls(const LongPolls&) = delete;
  LongPolls& operator=(const LongPolls&) = delete;

  /// The supervisor of the sessions, `polls`, to be a child of @p parent: "/http".
  [[nodiscard]] supervisor::ChildSpec child(std::string_view parent);

  /// Whether a request goes on with a session that lives here, and so does not begin one.
  [[nodiscard]] bool goes_on(const http::Request& request) const;

  /// Ends all sessions within the spread; none begins any more. Does not wait.
  void drain();

  struct Stats {
    std::size_t open = 0;
    std::uint64_t begun = 0;
    std::uint64_t overflowed = 0;  ///< Ended since too much waited for them.
  };
  [[nodiscard]] Stats stats() const;

 private:
  friend http::Route longpoll_route(std::string pattern, std::shared_ptr<LongPolls> polls);
  using Session = actors::Ref<LongPollSession>;

  LongPolls(actors::Runtime& runtime, SocketOptions socket, LongPollOptions options);

  static Awaitable<http::Response> answer(std::shared_ptr<LongPolls> self,
                                          http::RequestPtr request);
  static Awaitable<http::Response> poll(std::shared_ptr<LongPolls> self, http::RequestPtr request);
  static Awaitable<http::Response> begin(std::shared_ptr<LongPolls> self, http::RequestPtr request);
  static Awaitable<http::Response> take(std::shared_ptr<LongPolls> self, http::RequestPtr request);

  [[nodiscard]] LongPollStart start_of(std::string token, Version version, Connected connected,
                                       const boost::asio::ip::address& client);
  [[nodiscard]] std::optional<Session> find(const std::string& token) const;
  void add(const std::string& token, Session session);
  void remove(const std::string& token, const websocket::CloseInfo& info) noexcept;

  actors::Runtime& runtime_;
  const SocketOptions socket_;
  const LongPollOptions options_;
  std::string supervisor_path_;  // set once, before the first request
  std::atomic<bool> draining_{false};
  std::atomic<std::uint64_t> begun_{0};
  std::atomic<std::uint64_t> overflowed_{0};
  mutable std::mutex mutex_;  // guards what follows
  std::unordered_map<std::string, Session> sessions_;
};

/// The route of @p polls, to be `/socket/longpoll`; every method is its own to answer. Null for
/// whoever only looks at the table.
[[nodiscard]] http::Route longpoll_route(std::string pattern, std::shared_ptr<LongPolls> polls);

}  // namespace coppice::net::channels
