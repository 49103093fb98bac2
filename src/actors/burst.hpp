#pragma once

#include <functional>
#include <vector>

namespace coppice::actors {

/// A stretch in which a thread handles several inputs that have come together: what one read of a
/// connection has brought, or one look into a shard's inbox. Work that these can share may wait for
/// its end:
///
///     const actors::Burst burst;
///     while (const auto input = next()) handle(*input);
///
/// One within another is a part of it.
///
/// Thread: one that stays within the scope: no `co_await` inside.
class Burst {
 public:
  Burst() noexcept;
  Burst(const Burst&) = delete;
  Burst& operator=(const Burst&) = delete;
  /// Does what waits, in order. It is no burst any more by then.
  ~Burst();

  /// The outermost of this thread, or null.
  [[nodiscard]] static Burst* current() noexcept;

  /// Has @p action done at the end. It must not throw.
  void at_end(std::move_only_function<void()> action) { actions_.push_back(std::move(action)); }

 private:
  std::vector<std::move_only_function<void()>> actions_;
};

}  // namespace coppice::actors
