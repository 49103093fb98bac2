#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "actors/result.hpp"

namespace coppice::db {

/// Whether the database may be used, and if not, why. The migrator writes it; health checks and
/// whoever is about to read or write look at it.
///
/// Thread: any.
class Readiness {
 public:
  enum class State : std::uint8_t {
    starting,  ///< The schema has not been looked at yet, or is being brought up to date.
    ready,
    failed,  ///< The schema cannot be brought up to date; it is tried again.
  };

  struct Report {
    State state = State::starting;
    std::string reason;  ///< For people. Empty when ready.
  };

  [[nodiscard]] bool ready() const noexcept {
    return state_.load(std::memory_order_acquire) == State::ready;
  }
  [[nodiscard]] State state() const noexcept { return state_.load(std::memory_order_acquire); }
  [[nodiscard]] Report report() const;

  /// Errors: unavailable unless ready; the context is the reason.
  [[nodiscard]] actors::Result<void> check() const;

  void set_starting(std::string reason) { set(State::starting, std::move(reason)); }
  void set_ready() { set(State::ready, {}); }
  void set_failed(std::string reason) { set(State::failed, std::move(reason)); }

 private:
  void set(State state, std::string reason);

  std::atomic<State> state_{State::starting};
  mutable std::mutex mutex_;
  std::string reason_ = "the database has not been started";  // Guarded by the mutex.
};

/// "ready", …
[[nodiscard]] std::string_view to_string(Readiness::State state) noexcept;

}  // namespace coppice::db
