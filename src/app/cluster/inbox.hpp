#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "actors/time.hpp"
#include "app/cluster/letter.hpp"
#include "app/cluster/seal.hpp"

namespace coppice::app::cluster {

/// A whole message from another node.
struct Received {
  Sender from;
  Kind kind{};
  std::string body;
};

/// Opens the letters of other nodes, notices what is lost and what comes twice, and puts long
/// messages together.
///
/// Thread: one at a time; counts() any.
class Inbox {
 public:
  /// What a message may have at the most. Longer ones are lost, and counted as such.
  static constexpr std::size_t kMostBytes = std::size_t{16} << 20U;
  /// Senders, by what they send to, whose numbers are remembered: two for each node. The one that
  /// was silent for the longest gives way.
  static constexpr std::size_t kMostTracks = 4096;

  Inbox(Sender self, std::shared_ptr<const Seal> seal)
      : self_(std::move(self)), seal_(std::move(seal)) {}

  /// The message that this letter completes, if it does.
  [[nodiscard]] std::optional<Received> open(std::string_view subject, std::string_view sealed,
                                             actors::Time now);

  struct Counts {
    std::uint64_t received = 0;  ///< Letters.
    std::uint64_t lost = 0;      ///< Letters that should have come before one that came.
    std::uint64_t repeated = 0;  ///< Letters that had come before.
    std::uint64_t strange = 0;   ///< From somebody who doesn't have this cluster's secret.
    std::uint64_t unknown = 0;   ///< In a version that is not spoken here.
  };
  [[nodiscard]] Counts counts() const noexcept;

 private:
  static constexpr std::int64_t kBroken = -1;

  /// What is known of a sender's letters to one subject.
  struct Track {
    std::int64_t incarnation = 0;
    std::int64_t number = 0;  // Of the last letter.
    actors::Time heard{};     // When that was.
    std::int64_t parts = 0;   // Of a message of which more is to come; kBroken if one is missing.
    std::string so_far;       // These.
  };
  using Key = std::pair<std::string, std::string>;  // Sender and subject.

  [[nodiscard]] Track& track_of(const Letter& letter, std::string_view subject);
  [[nodiscard]] bool is_next(Track& track, const Letter& letter, actors::Time now);
  [[nodiscard]] std::optional<Received> take(Track& track, Letter letter);
  static std::nullopt_t drop(Track& track);
  void make_room();

  const Sender self_;
  const std::shared_ptr<const Seal> seal_;
  std::map<Key, Track> tracks_;
  std::atomic<std::uint64_t> received_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> repeated_{0};
  std::atomic<std::uint64_t> strange_{0};
  std::atomic<std::uint64_t> unknown_{0};
};

}  // namespace coppice::app::cluster
