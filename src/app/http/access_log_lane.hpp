#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include <boost/asio/ip/address.hpp>

#include "actors/time.hpp"
#include "db/position.hpp"
#include "net/http/session.hpp"

namespace coppice::app::http {

/// What the line of one request says, but for its texts.
struct AccessRecord {
  actors::Time finished;
  actors::Duration duration;
  std::uint64_t body_bytes;
  db::Position position;  ///< Of the commit that a request has made; none for others.
  std::array<unsigned char, 16> client;  ///< IPv6, or IPv4 in the first four.
  std::uint32_t client_scope;            ///< Of a link-local IPv6 address.
  net::http::Status status;
  net::http::Method method;
  bool client_is_v6;
  bool whole;
  std::uint16_t target_size;  ///< 0 for a request that was too malformed to have one.
  std::uint16_t id_size;
  std::uint16_t actor_size;  ///< 0 where no actor is behind the connection.
};

/// A record with its texts, as views into the records that it was read from.
struct AccessEntry {
  AccessRecord record;
  std::string_view target;
  std::string_view id;
  std::string_view actor;  ///< The place in the tree of the connection's actor.
};

/// Whose address a record has.
[[nodiscard]] boost::asio::ip::address client_of(const AccessRecord& record);

/// Takes the first entry off records as a lane has kept them. Nothing if there is none.
[[nodiscard]] std::optional<AccessEntry> next_entry(std::string_view& records);

/// What the requests of one thread leave for the log, packed and in order.
///
/// Thread: any; made for one that adds and one that takes.
class alignas(64) AccessLogLane {
 public:
  enum class Fill { was_empty, some, half };

  static constexpr std::size_t kMostBytes = std::size_t{1} << 20U;

  /// Says how full it is. What doesn't fit is counted.
  Fill add(const net::http::Request& request, const net::http::Outcome& outcome);

  /// All records since the last call are in @p records, which gives its room in exchange. Returns
  /// how many had no place.
  std::uint64_t take(std::string& records);

 private:
  std::mutex mutex_;  // guards what follows
  std::string records_;
  std::uint64_t left_out_ = 0;
};

}  // namespace coppice::app::http
