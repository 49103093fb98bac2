#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/options.hpp"
#include "actors/place.hpp"
#include "actors/result.hpp"
#include "actors/runtime.hpp"
#include "actors/spawn.hpp"
#include "actors/time.hpp"

namespace coppice::supervisor {

using actors::Duration;
using actors::Time;

/// Whether a child that has ended is started again.
enum class Restart : std::uint8_t {
  permanent,  ///< always
  transient,  ///< only after an abnormal end
  temporary,  ///< never; it is forgotten when it ends
};

using ChildType = actors::Place::Kind;

/// How a child is told to end, and how long it may take.
class Shutdown {
 public:
  /// No questions asked: its terminate hook does not run.
  static constexpr Shutdown brutal_kill() noexcept { return Shutdown(Kind::brutal_kill, {}); }
  /// Killed when @p patience has passed. Zero is legal; negative is invalid.
  static constexpr Shutdown within(Duration patience) noexcept {
    return Shutdown(Kind::deadline, patience);
  }
  /// However long it takes.
  static constexpr Shutdown infinity() noexcept {
    return Shutdown(Kind::infinity, actors::kForever);
  }

  [[nodiscard]] constexpr bool is_brutal() const noexcept { return kind_ == Kind::brutal_kill; }
  [[nodiscard]] constexpr bool is_infinite() const noexcept { return kind_ == Kind::infinity; }
  [[nodiscard]] constexpr Duration patience() const noexcept { return patience_; }
  friend constexpr bool operator==(Shutdown, Shutdown) noexcept = default;

 private:
  enum class Kind : std::uint8_t { brutal_kill, deadline, infinity };
  constexpr Shutdown(Kind kind, Duration patience) noexcept : kind_(kind), patience_(patience) {}

  Kind kind_;
  Duration patience_;
};

/// Waits between the failures of a child, so that a broken dependency isn't hammered.
///
/// delay(k) = min(max, min_delay · factor^(k−1)) · (1 + U[0, jitter]) before the k-th restart in a
/// row; the row ends when an incarnation lived at least `reset_after`.
struct Backoff {
  Duration min = std::chrono::milliseconds(100);
  Duration max = std::chrono::seconds(10);
  double factor = 2.0;  ///< at least 1
  double jitter = 0.2;  ///< share of the delay, 0 to 1
  Duration reset_after = std::chrono::seconds(10);
  std::optional<std::uint32_t> max_consecutive{};  ///< give up after so many failures in a row

  friend bool operator==(const Backoff&, const Backoff&) noexcept = default;
};

/// What a supervisor needs to know about a child.
struct ChildSpec {
  std::string id{};         ///< unique among its siblings, without a slash; a label if dynamic
  actors::Factory start{};  ///< makes the actor, for each incarnation anew
  Restart restart = Restart::permanent;
  std::optional<Shutdown> shutdown{};  ///< 5 s for a worker, infinity for a supervisor
  ChildType type = ChildType::worker;
  bool significant = false;  ///< its end by itself may end the supervisor (AutoShutdown)
  std::optional<Backoff> backoff{};
  actors::SpawnOptions options{};  ///< mailbox, placement, name, limits, init deadline

  /// The shutdown in force.
  [[nodiscard]] Shutdown effective_shutdown() const noexcept;

  /// "worker, permanent, shutdown 5000 ms", for operators.
  [[nodiscard]] std::string describe() const;
};

/// Whether two specs are the same but for what they start.
[[nodiscard]] bool differ_at_most_in_start(const ChildSpec& one, const ChildSpec& other) noexcept;

/// A worker child: `worker<Counter>("counter", args…)`. Set the other fields as needed.
template <class A, class... Args>
[[nodiscard]] ChildSpec worker(std::string id, Args... args) {
  return {.id = std::move(id), .start = actors::make_factory<A>(std::move(args)...)};
}

/// When the end of significant children ends their supervisor, with `shutdown`.
enum class AutoShutdown : std::uint8_t { never, any_significant, all_significant };

/// Checks one spec. Errors: invalid_argument; the context names the field: missing_id, invalid_id,
/// missing_start, invalid_restart_type, invalid_shutdown, invalid_child_type, bad_combination, ….
[[nodiscard]] actors::Result<void> check(const ChildSpec& spec, AutoShutdown auto_shutdown);

/// Checks a list: each spec, and that no id stands twice (`duplicate_child_name`).
[[nodiscard]] actors::Result<void> check(const std::vector<ChildSpec>& specs,
                                         AutoShutdown auto_shutdown);

[[nodiscard]] std::string_view to_string(Restart restart) noexcept;
[[nodiscard]] std::string_view to_string(ChildType type) noexcept;

}  // namespace coppice::supervisor
