#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "actors/time.hpp"
#include "app/lanes.hpp"
#include "net/http/session.hpp"

namespace coppice::app::http {

/// The last requests that have been answered, for operators: no more of them than what the log of
/// requests has, and without queries and clients.
///
/// Where a request was answered, some bytes are copied and nothing is allocated after the first
/// one. Threads keep theirs in lanes of their own, 17 KiB each; a reading puts them together.
///
/// Thread: any.
class RecentRequests {
 public:
  static constexpr std::size_t kKept = 100;
  static constexpr std::size_t kLongestPath = 100;
  static constexpr std::size_t kLongestId = 40;  // a UUID, or one of our own

  void add(const net::http::Request& request, const net::http::Outcome& outcome);

  struct Seen {
    std::chrono::system_clock::time_point at;  ///< When its answer was whole.
    actors::Duration duration;
    net::http::Status status;
    net::http::Method method;
    bool whole;
    std::string path;  ///< Printable ASCII, cut to kLongestPath; empty if it was too malformed.
    std::string id;    ///< By which the log has it, cut to kLongestId; empty if it has none.
  };

  /// At the most kKept, newest first.
  [[nodiscard]] std::vector<Seen> list() const;

 private:
  struct Kept {
    actors::Time finished;
    actors::Duration duration;
    net::http::Status status;
    net::http::Method method;
    bool whole;
    std::uint8_t path_size;
    std::uint8_t id_size;
    std::array<char, kLongestPath> path;
    std::array<char, kLongestId> id;
  };
  struct alignas(64) Lane {
    mutable std::mutex mutex;  // guards what follows
    std::vector<Kept> ring;
    std::size_t next = 0;
  };

  static void keep(const net::http::Request& request, const net::http::Outcome& outcome,
                   Kept& kept);

  std::array<Lane, kLanes> lanes_;
};

}  // namespace coppice::app::http
