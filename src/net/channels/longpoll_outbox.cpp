#include "net/channels/longpoll_outbox.hpp"

#include <unordered_set>

#include "net/json.hpp"

namespace coppice::net::channels {

using websocket::CloseCause;
using websocket::CloseCode;
using websocket::Shed;
using websocket::SlowClientStats;

void LongPollOutbox::send(const websocket::Frame& frame) { offer(frame, Shed::never()); }

void LongPollOutbox::offer(const websocket::Frame& frame, Shed shed) {
  if (ending_ || frame.opcode() != websocket::Opcode::text) return;
  const auto size = frame.payload().size();
  if (!fits(size)) make_room(size);
  if (!fits(size)) {
    if (shed.allowed()) return count(&SlowClientStats::dropped, 1);
    count(&SlowClientStats::closed, 1);
    waiting_.clear();
    bytes_ = 0;
    return end(CloseCause::overflow, CloseCode::try_later, "polling too slowly");
  }
  waiting_.push_back({frame, shed});
  bytes_ += size;
  tell();
}

void LongPollOutbox::make_room(std::size_t size) {
  shed_superseded();
  shed_oldest(size);
}

/// Drops each frame for which a later one with its key stands.
void LongPollOutbox::shed_superseded() {
  std::unordered_set<std::uint64_t> later;
  std::size_t dropped = 0;
  for (auto at = waiting_.size(); at-- > 0;) {
    const auto& [frame, shed] = waiting_[at];
    if (!shed.has_key() || later.insert(shed.key()).second) continue;
    bytes_ -= frame.payload().size();
    waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
    ++dropped;
  }
  count(&SlowClientStats::superseded, dropped);
}

void LongPollOutbox::shed_oldest(std::size_t size) {
  const auto dropped = std::erase_if(waiting_, [&](const Waiting& waiting) {
    if (!waiting.shed.allowed() || fits(size)) return false;
    bytes_ -= waiting.frame.payload().size();
    return true;
  });
  count(&SlowClientStats::dropped, dropped);
}

void LongPollOutbox::count(std::atomic<std::uint64_t> SlowClientStats::* what, std::size_t many) {
  if (slow_clients_) ((*slow_clients_).*what) += many;
}

void LongPollOutbox::close(CloseCode code, std::string_view reason) {
  end(CloseCause::server, code, reason);
}

void LongPollOutbox::end(CloseCause cause, CloseCode code, std::string_view reason) {
  if (ending_) return;
  ending_ = {cause, code, std::string(reason)};
  tell();
}

std::optional<std::string> LongPollOutbox::take() {
  if (waiting_.empty()) return std::nullopt;
  std::string json;
  json.reserve(bytes_ + bytes_ / 4 + 2);  // quotes are escaped
  for (const auto& waiting : waiting_) {
    json += json.empty() ? '[' : ',';
    append_json_string(json, waiting.frame.payload());
  }
  json += ']';
  waiting_ = {};
  bytes_ = 0;
  return json;
}

void LongPollOutbox::tell() {
  if (on_change_ && !std::exchange(told_, true)) on_change_();
}

}  // namespace coppice::net::channels
