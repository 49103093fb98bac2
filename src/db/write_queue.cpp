#include "db/write_queue.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;

namespace {

// A client's share of the tables, and a round of its own, for a client with one command.
constexpr std::size_t kOverhead = 200;

// A flood's memory is given back, a crowd's is kept.
constexpr std::size_t kLargestSpare = 4096;

}  // namespace

std::size_t WaitingCommand::bytes() const noexcept {
  return sizeof *this + kOverhead + byte_size(*command);
}

std::optional<actors::Error> WriteQueue::reason_to_refuse(const WaitingCommand& waiting) const {
  if (bytes_ + waiting.bytes() > limits_.bytes) {
    return actors::Error(Errc::overloaded,
                         fmt::format("{} writes wait already, {} bytes", size_, bytes_));
  }
  const auto client = clients_.find(waiting.client);
  if (client != clients_.end() && client->second.waiting >= limits_.commands_per_client) {
    return actors::Error(Errc::overloaded, fmt::format("{} writes of this client wait already",
                                                       client->second.waiting));
  }
  return std::nullopt;
}

void WriteQueue::push(WaitingCommand waiting) {
  if (const auto reason = reason_to_refuse(waiting)) {
    waiting.reply.answer(std::unexpected(*reason));
    return;
  }
  count(waiting);
  auto& next_round = clients_[waiting.client].next_round;
  next_round = std::max(next_round, first_open_round());
  const auto index = static_cast<std::size_t>(next_round++ - round_);
  while (rounds_.size() <= index) rounds_.push_back(std::exchange(spare_, {}));
  rounds_[index].push_back(std::move(waiting));
}

std::optional<actors::Time> WriteQueue::oldest() const {
  std::optional<actors::Time> oldest;
  const auto look = [&oldest](const WaitingCommand& waiting) {
    oldest = std::min(oldest.value_or(waiting.came), waiting.came);
  };
  std::ranges::for_each(given_back_, look);
  for (std::size_t i = 0; i < rounds_.size(); ++i) {
    const auto taken = static_cast<std::ptrdiff_t>(i == 0 ? taken_ : 0);
    std::for_each(rounds_[i].begin() + taken, rounds_[i].end(), look);
  }
  return oldest;
}

std::optional<WaitingCommand> WriteQueue::pop() {
  if (empty()) return std::nullopt;
  auto next = take_next();
  discount(next);
  return next;
}

WaitingCommand WriteQueue::take_next() {
  if (!given_back_.empty()) {
    auto next = std::move(given_back_.back());
    given_back_.pop_back();
    return next;
  }
  while (taken_ == rounds_.front().size()) end_round();
  return std::move(rounds_.front()[taken_++]);
}

void WriteQueue::end_round() {
  auto& ended = rounds_.front();
  if (ended.capacity() > spare_.capacity() && ended.capacity() <= kLargestSpare) {
    spare_ = std::move(ended);
    spare_.clear();
  }
  rounds_.pop_front();
  ++round_;
  taken_ = 0;
}

void WriteQueue::put_back(std::vector<WaitingCommand> begun) {
  for (auto& waiting : begun | std::views::reverse) {
    count(waiting);
    given_back_.push_back(std::move(waiting));
  }
}

void WriteQueue::count(const WaitingCommand& waiting) {
  ++size_;
  bytes_ += waiting.bytes();
  ++clients_[waiting.client].waiting;
}

void WriteQueue::discount(const WaitingCommand& waiting) {
  --size_;
  bytes_ -= waiting.bytes();
  const auto client = clients_.find(waiting.client);
  if (--client->second.waiting == 0) clients_.erase(client);
}

}  // namespace coppice::db
