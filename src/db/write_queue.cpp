#include "db/write_queue.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace coppice::db {

using actors::Errc;
using actors::fail;

namespace {

std::size_t size_of(const WaitingCommand& waiting) noexcept { return byte_size(waiting.command); }

}  // namespace

void WriteQueue::push(WaitingCommand waiting) {
  const auto bytes = size_of(waiting);
  if (bytes_ + bytes > limits_.bytes) {
    waiting.reply.answer(fail(Errc::overloaded, fmt::format("{} bytes of writes wait", bytes_)));
    return;
  }
  const bool fits = size_ < batch_.commands && bytes_ + bytes <= batch_.bytes;
  if (!takes_turns() && !fits) share_out();
  if (!fits || takes_turns()) return push_to_lane(std::move(waiting));
  ++size_;
  bytes_ += bytes;
  line_.push_back(std::move(waiting));
}

// From here on everybody has a turn, also those that came first.
void WriteQueue::share_out() {
  for (auto& waiting : std::exchange(line_, {}))
    lane_of(waiting.client).push_back(std::move(waiting));
}

WriteQueue::Line& WriteQueue::lane_of(ClientId client) {
  const auto [lane, is_new] = lanes_.try_emplace(client);
  if (is_new) turns_.push_back(client);
  return lane->second;
}

void WriteQueue::push_to_lane(WaitingCommand waiting) {
  Line& lane = lane_of(waiting.client);
  if (lane.size() >= limits_.commands_per_client) {
    waiting.reply.answer(
        fail(Errc::overloaded, fmt::format("{} writes of this client wait", lane.size())));
    return;
  }
  ++size_;
  bytes_ += size_of(waiting);
  lane.push_back(std::move(waiting));
}

std::vector<WaitingCommand> WriteQueue::take() {
  std::vector<WaitingCommand> batch;
  batch.reserve(std::min(size_, batch_.commands));
  std::size_t bytes = 0;
  while (size_ > 0 && batch.size() < batch_.commands) {
    bytes += size_of(front());
    if (bytes > batch_.bytes && !batch.empty()) break;
    batch.push_back(pop());
  }
  return batch;
}

std::vector<WaitingCommand> WriteQueue::take_all() {
  std::vector<WaitingCommand> all;
  all.reserve(size_);
  while (size_ > 0) all.push_back(pop());
  return all;
}

void WriteQueue::put_back(std::vector<WaitingCommand> rest) {
  size_ += rest.size();
  for (const auto& waiting : rest) bytes_ += size_of(waiting);
  line_.insert(line_.begin(), std::make_move_iterator(rest.begin()),
               std::make_move_iterator(rest.end()));
}

const WaitingCommand& WriteQueue::front() const {
  return line_.empty() ? lanes_.at(turns_.front()).front() : line_.front();
}

WaitingCommand WriteQueue::pop() {
  auto next = line_.empty() ? pop_lane() : pop_line();
  --size_;
  bytes_ -= size_of(next);
  return next;
}

WaitingCommand WriteQueue::pop_line() {
  auto next = std::move(line_.front());
  line_.pop_front();
  return next;
}

WaitingCommand WriteQueue::pop_lane() {
  const ClientId client = turns_.front();
  turns_.pop_front();
  Line& lane = lanes_.at(client);
  auto next = std::move(lane.front());
  lane.pop_front();
  if (lane.empty()) {
    lanes_.erase(client);
  } else {
    turns_.push_back(client);
  }
  return next;
}

}  // namespace coppice::db
