#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/envelope.hpp"
#include "actors/events.hpp"
#include "actors/pid.hpp"
#include "actors/time.hpp"

namespace coppice::actors {

/// A place in the supervision tree. Actors come and go in it; the place and its address stay.
///
/// Supervisors make one for each child and keep it up to date. Everybody else may look: the whole
/// tree can be walked from any thread, without asking an actor and even while shards are stuck.
///
/// Thread: any.
class Place : public std::enable_shared_from_this<Place> {
 public:
  enum class Kind : std::uint8_t { worker, supervisor, dynamic_supervisor };
  enum class State : std::uint8_t { starting, running, restarting, stopping, stopped, removed };

  /// What operators see of a place at one moment.
  struct Snapshot {
    std::string path;
    std::string id;
    std::string description;  ///< actor type, restart type, shutdown …: the supervisor's words
    State state{};
    Pid pid;
    std::uint64_t epoch = 0;
    std::uint64_t restarts = 0;
    std::optional<Time> next_attempt_at;  ///< when restarting after a back-off
    std::optional<Time> started_at;
    std::shared_ptr<const CrashReport> last_crash;
    Kind kind = Kind::worker;
  };

  /// Makes the root of a tree. Its path is "/", and its id empty.
  static std::shared_ptr<Place> root();

  /// Adds a child place. Its path is this path plus "/" plus @p id, which no sibling may have.
  std::shared_ptr<Place> add_child(std::string_view id, Kind kind, std::string description);

  /// The child place @p id, made if there is none: a place outlives its supervisor's incarnations.
  std::shared_ptr<Place> child(std::string_view id, Kind kind, std::string description);

  [[nodiscard]] std::shared_ptr<Place> parent() const noexcept { return parent_.lock(); }
  [[nodiscard]] Kind kind() const noexcept { return kind_; }

  /// Takes this place, and everything below it, out of the tree. Waiting callers are told.
  void remove();

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string_view id() const noexcept {
    return std::string_view(path_).substr(id_at_);
  }

  /// The current incarnation, or none while there isn't one that may be talked to.
  [[nodiscard]] Pid pid() const noexcept {
    return Pid::from_bits(pid_.load(std::memory_order_acquire));
  }

  /// Counts incarnations; it increases with each one, so clients with session state notice.
  [[nodiscard]] std::uint64_t epoch() const noexcept {
    return epoch_.load(std::memory_order_acquire);
  }

  [[nodiscard]] State state() const;
  [[nodiscard]] Snapshot snapshot() const;
  [[nodiscard]] std::vector<std::shared_ptr<Place>> children() const;
  /// How many there are, without a copy of them all.
  [[nodiscard]] std::size_t child_count() const;

  /// The place at @p path below this one ("database/writer", with or without a leading slash);
  /// null if there is none. The empty path and "/" are this place.
  [[nodiscard]] std::shared_ptr<Place> find(std::string_view path);

  // For supervisors.
  void starting(bool counts_as_restart);
  void restarting(std::optional<Time> next_attempt_at);
  void stopping();
  void stopped();  ///< and everything below it
  void describe(std::string description);

  // For the runtime.
  void running(Pid pid, Time now);
  /// The incarnation @p pid has ended. Without anybody who would start another, that is the end of
  /// what is below it, too.
  void ended(Pid pid, bool is_supervised);
  void record_crash(std::shared_ptr<const CrashReport> report);
  void park_mail(MailQueue mail);
  [[nodiscard]] MailQueue take_parked_mail();

  /// Calls @p callback once: at once if an incarnation runs or the place has been removed or
  /// stopped, otherwise as soon as one of these is so. Returns a token for cancel_wait().
  std::uint64_t when_settled(std::function<void()> callback);
  void cancel_wait(std::uint64_t token);

 private:
  struct Key {};

 public:
  Place(Key, const std::shared_ptr<Place>& parent, std::string_view id, Kind kind);

 private:
  using Text = std::shared_ptr<const std::string>;
  using Callbacks = std::vector<std::pair<std::uint64_t, std::function<void()>>>;

  // There is a place for each connection: what most have no use for is apart.

  /// Of a place that has had children.
  struct Family {
    std::map<std::uint64_t, std::shared_ptr<Place>> children;  // in the order they were added
    std::unordered_map<std::string_view, Place*> by_id;        // the same
    std::uint64_t last_child = 0;
    Text description;  // of the last child, and likely of the next one
  };

  /// Of a place whose incarnations have failed or are waited for.
  struct Troubles {
    std::optional<Time> next_attempt_at;
    std::shared_ptr<const CrashReport> last_crash;
    MailQueue parked_mail;
    Callbacks waiting;
    std::uint64_t last_token = 0;
  };

  void set_state(State state, Pid pid);
  void drop_parked_mail(std::string_view why);
  [[nodiscard]] Family& family();
  [[nodiscard]] Troubles& troubles();
  [[nodiscard]] std::shared_ptr<Place> find_child(std::string_view id) const;
  [[nodiscard]] static bool is_settled(State state) noexcept;

  const std::string path_;
  const std::weak_ptr<Place> parent_;
  std::uint64_t order_ = 0;  // key in the parent's children; set once, before it is shared
  std::atomic<std::uint64_t> pid_{0};
  std::atomic<std::uint64_t> epoch_{0};
  const std::uint32_t id_at_;  // in the path
  const Kind kind_;

  State state_ = State::starting;  // the mutex guards this and what follows
  bool next_is_restart_ = false;
  mutable std::mutex mutex_;
  Text description_;
  std::uint64_t restarts_ = 0;
  std::optional<Time> started_at_;
  std::unique_ptr<Family> family_;
  std::unique_ptr<Troubles> troubles_;
};

[[nodiscard]] std::string_view to_string(Place::State state) noexcept;

}  // namespace coppice::actors
