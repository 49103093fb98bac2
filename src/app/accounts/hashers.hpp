#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "actors/task.hpp"
#include "app/accounts/hashing_actor.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::accounts {

/// A few threads that hash passwords: as many at once as there are threads, each with the memory of
/// HashCost, and a bounded number that wait. A cheap handle: copies share the threads, and it stays
/// valid across their restarts.
///
/// Errors of both: overloaded when too many wait already; timeout; unavailable before the start.
/// Thread: any.
class Hashers {
 public:
  explicit Hashers(HashCost cost = {}, std::size_t threads = 2);

  [[nodiscard]] actors::Task<actors::Result<std::string>> hash(std::string password) const;
  /// @param hash  Empty where there is none: it takes as long, and doesn't match.
  [[nodiscard]] actors::Task<actors::Result<Verdict>> verify(std::string hash,
                                                             std::string password) const;

  /// The children that do it: `hasher-1`, ….
  [[nodiscard]] std::vector<supervisor::ChildSpec> children() const;

 private:
  struct Shared {
    HashCost cost;
    std::vector<std::shared_ptr<HashingActor::Slot>> slots;  // Constant after construction.
    std::atomic<std::size_t> next{0};
  };

  template <class Question>
  static actors::Task<actors::Result<typename Question::Reply>> ask(std::shared_ptr<Shared> shared,
                                                                    Question question);

  std::shared_ptr<Shared> shared_;
};

}  // namespace coppice::app::accounts
