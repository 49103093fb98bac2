#include "db/write_queue.hpp"

#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;

namespace {

// A lane's share of the tables, for a client with one command.
constexpr std::size_t kOverhead = 200;

}  // namespace

std::size_t WaitingCommand::bytes() const noexcept {
  return sizeof *this + kOverhead + byte_size(command);
}

void WriteQueue::push(WaitingCommand waiting) {
  const auto bytes = waiting.bytes();
  if (bytes_ + bytes > limits_.bytes) {
    waiting.reply.answer(
        fail(Errc::overloaded, fmt::format("{} writes wait already, {} bytes", size_, bytes_)));
    return;
  }
  const auto found = lanes_.find(waiting.client);
  if (found != lanes_.end() && found->second.size() >= limits_.commands_per_client) {
    waiting.reply.answer(fail(Errc::overloaded, fmt::format("{} writes of this client wait already",
                                                            found->second.size())));
    return;
  }
  ++size_;
  bytes_ += bytes;
  if (found != lanes_.end()) {
    found->second.push_back(std::move(waiting));
    return;
  }
  turns_.push_back(waiting.client);
  lanes_[turns_.back()].push_back(std::move(waiting));
}

std::optional<WaitingCommand> WriteQueue::pop() {
  if (turns_.empty()) return std::nullopt;
  const ClientId client = turns_.front();
  turns_.pop_front();
  const auto lane = lanes_.find(client);
  auto next = std::move(lane->second.front());
  lane->second.pop_front();
  if (lane->second.empty()) {
    lanes_.erase(lane);
  } else {
    turns_.push_back(client);
  }
  --size_;
  bytes_ -= next.bytes();
  return next;
}

void WriteQueue::put_back(std::vector<WaitingCommand> begun) {
  for (auto& waiting : begun | std::views::reverse) {
    ++size_;
    bytes_ += waiting.bytes();
    auto& lane = lanes_[waiting.client];
    if (lane.empty()) turns_.push_front(waiting.client);
    lane.push_front(std::move(waiting));
  }
}

}  // namespace coppice::db
