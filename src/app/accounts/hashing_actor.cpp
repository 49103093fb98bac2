#include "app/accounts/hashing_actor.hpp"

#include <fmt/format.h>

namespace coppice::app::accounts {

HashingActor::HashingActor(HashCost cost, std::shared_ptr<Slot> slot)
    : cost_(cost), slot_(std::move(slot)) {}

void HashingActor::init() {
  hasher_.emplace(cost_);
  slot_->enter(runtime(), cell().place());
}

actors::Result<std::string> HashingActor::handle(const Hash& message) {
  ++hashed_;
  return hasher_->hash(message.password);
}

actors::Result<Verdict> HashingActor::handle(const Verify& message) {
  ++hashed_;
  return hasher_->verify(message.hash, message.password);
}

std::string HashingActor::describe() const {
  return fmt::format("Argon2id, {} passes over {} KiB; {} passwords hashed", cost_.passes,
                     cost_.memory_bytes >> 10U, hashed_);
}

}  // namespace coppice::app::accounts
