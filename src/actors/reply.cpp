#include "actors/reply.hpp"

namespace coppice::actors {
namespace {

thread_local DropScope* innermost_scope = nullptr;

}  // namespace

DropScope::DropScope(Error error) noexcept
    : error_(std::move(error)), outer_(std::exchange(innermost_scope, this)) {}

DropScope::DropScope(const ExitReason& reason) noexcept
    : error_(Errc::down), reason_(&reason), outer_(std::exchange(innermost_scope, this)) {}

DropScope::~DropScope() { innermost_scope = outer_; }

Error DropScope::current() {
  if (innermost_scope == nullptr) return Errc::dropped;
  if (innermost_scope->reason_ != nullptr) {
    return {Errc::down, innermost_scope->reason_->to_string()};
  }
  return innermost_scope->error_;
}

std::uint64_t PendingCalls::add(PendingCall& call) {
  if (first_free_ == kNone) {
    entries_.push_back({});
    entries_.back().next_free = kNone;
    first_free_ = static_cast<std::uint32_t>(entries_.size() - 1);
  }
  const std::uint32_t index = first_free_;
  Entry& entry = entries_[index];
  first_free_ = entry.next_free;
  entry.call = &call;
  return (std::uint64_t{entry.generation} << 32U) | index;
}

PendingCall* PendingCalls::take(std::uint64_t id) noexcept {
  const auto index = static_cast<std::uint32_t>(id);
  Entry& entry = entries_[index];
  if (entry.generation != id >> 32U || entry.call == nullptr) return nullptr;
  ++entry.generation;
  entry.next_free = first_free_;
  first_free_ = index;
  return std::exchange(entry.call, nullptr);
}

}  // namespace coppice::actors
