#include "actors/debugging.hpp"

#include <algorithm>

namespace coppice::actors {
namespace {

bool goes_on(const DebugFunction& function, const HandledMessage& message) noexcept {
  try {
    return function(message);
  } catch (...) {  // the operator's mistake must not become the actor's crash
    return false;
  }
}

}  // namespace

void Debugging::log(std::size_t size) {
  log_size_ = size;
  while (log_.size() > size) log_.pop_front();
}

std::vector<HandledMessage> Debugging::logged() const { return {log_.begin(), log_.end()}; }

void Debugging::install(std::string name, DebugFunction function) {
  remove(name);
  functions_.emplace_back(std::move(name), std::move(function));
}

bool Debugging::remove(std::string_view name) {
  return std::erase_if(functions_, [name](const auto& each) { return each.first == name; }) > 0;
}

// Logged before it is handled, so that the log of a crash ends with the message that caused it.
void Debugging::began(const HandledMessage& message) {
  waiting_.reset();
  if (log_size_ == 0) return;
  if (log_.size() == log_size_) log_.pop_front();
  log_.push_back(message);
}

void Debugging::ended(const HandledMessage& message) {
  if (!log_.empty()) log_.back() = message;
  std::erase_if(functions_,
                [&message](const auto& each) { return !goes_on(each.second, message); });
}

}  // namespace coppice::actors
