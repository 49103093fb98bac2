#pragma once

#include <optional>
#include <string>

#include "actors/server.hpp"
#include "app/accounts/password_hash.hpp"
#include "db/child_slot.hpp"

namespace coppice::app::accounts {

/// Hashes passwords, one at a time. What waits beyond its mailbox is refused as `overloaded`.
///
/// Thread: one of its own, since it computes for long (Placement::own_thread).
class HashingActor final : public actors::Server<HashingActor> {
 public:
  using Slot = db::ChildSlot<HashingActor>;
  HashingActor(HashCost cost, std::shared_ptr<Slot> slot);

  void init();

  struct Hash {
    using Reply = std::string;
    std::string password;
  };
  actors::Result<std::string> handle(const Hash& message);

  /// An empty hash matches nothing, and takes as long.
  struct Verify {
    using Reply = Verdict;
    std::string hash;
    std::string password;
  };
  actors::Result<Verdict> handle(const Verify& message);

  [[nodiscard]] std::string describe() const override;

 private:
  const HashCost cost_;
  const std::shared_ptr<Slot> slot_;
  std::optional<PasswordHasher> hasher_;
  std::uint64_t hashed_ = 0;
};

}  // namespace coppice::app::accounts
