#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "actors/pid.hpp"
#include "actors/time.hpp"

namespace coppice::app::dashboard {

/// What is looked at of one actor: counts since its incarnation began, and what is so now.
struct Reading {
  std::string path;
  actors::Pid pid;  ///< None while nobody lives there.
  std::uint32_t mailbox = 0;
  std::uint32_t children = 0;  ///< Of a dynamic supervisor: /http/connections' connections.
  std::uint64_t handled = 0;
  actors::Duration busy{};
  std::uint64_t restarts = 0;  ///< Of the place, over all incarnations.
};

/// What an actor did between two looks.
struct Sample {
  static constexpr double kAllBusy = 1000;  ///< What `busy` is of.

  float rate = 0;  ///< Messages handled, a second.
  std::uint32_t mailbox = 0;
  std::uint32_t children = 0;
  std::uint16_t busy = 0;      ///< Of the time, in thousandths.
  std::uint16_t restarts = 0;  ///< Since the look before.
};

/// The newest samples of one actor; the oldest makes room.
class Series {
 public:
  static constexpr std::size_t kSamples = 150;

  void add(const Sample& sample) noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// @param age  From the oldest, 0, to the newest, size() - 1.
  [[nodiscard]] const Sample& operator[](std::size_t age) const noexcept;
  /// @pre Not empty.
  [[nodiscard]] const Sample& newest() const noexcept { return (*this)[size_ - 1]; }

 private:
  std::array<Sample, kSamples> samples_{};
  std::size_t size_ = 0;
  std::size_t next_ = 0;
};

/// The last minutes of each actor of the tree, in memory that is bounded: kMostActors series of
/// some 2.5 KiB, 620 KiB together; of the 30 actors of a usual server 75 KiB.
///
/// Thread: its owner's.
class History {
 public:
  static constexpr std::size_t kMostActors = 250;

  /// Adds a sample to every series. Who is new begins one, if there is room; who is missing is
  /// taken for idle, and forgotten once that is all there is.
  /// @param elapsed  Since the readings before.
  void take(const std::vector<Reading>& readings, actors::Duration elapsed);

  /// Adds samples of a time in which nobody did anything: each is as it was at the last look.
  void rest(std::size_t samples);

  /// Whether the last look found anything else than the one before, but for what @p whose did.
  [[nodiscard]] bool moved(actors::Pid whose) const;

  /// Null for whom nothing is known of.
  [[nodiscard]] const Series* find(const std::string& path) const;
  [[nodiscard]] std::size_t size() const noexcept { return tracks_.size(); }

 private:
  struct Track {
    Reading last{};
    std::size_t missing = 0;  // looks in a row that did not find it
    Series series{};
  };

  void forget_the_gone();

  std::map<std::string, Track> tracks_;
};

static_assert(History::kMostActors * (sizeof(Series) + sizeof(Reading) + 64) < 640UL << 10U);

}  // namespace coppice::app::dashboard
