#include "app/http/access_log_lane.hpp"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "app/http/committed.hpp"
#include "net/connection_link.hpp"

namespace coppice::app::http {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using net::http::Outcome;
using net::http::Request;

constexpr std::size_t kLongestTarget = 512;
constexpr std::size_t kLongestId = 200;
constexpr std::size_t kLongestActor = 200;

static_assert(std::is_trivially_copyable_v<AccessRecord>);

void set_client(AccessRecord& record, const address& client) {
  record.client_is_v6 = client.is_v6();
  if (!client.is_v6()) {
    std::ranges::copy(client.to_v4().to_bytes(), record.client.begin());
    return;
  }
  const auto v6 = client.to_v6();
  record.client = v6.to_bytes();
  record.client_scope = static_cast<std::uint32_t>(v6.scope_id());
}

db::Position position_of(const Request& request) {
  const auto* committed = request.assigns.get<Committed>();
  return committed == nullptr ? db::Position{} : committed->position;
}

}  // namespace

address client_of(const AccessRecord& record) {
  if (record.client_is_v6) return address_v6(record.client, record.client_scope);
  address_v4::bytes_type bytes{};
  std::copy_n(record.client.begin(), bytes.size(), bytes.begin());
  return address_v4(bytes);
}

std::optional<AccessEntry> next_entry(std::string_view& records) {
  if (records.empty()) return std::nullopt;
  AccessEntry entry{};
  std::memcpy(&entry.record, records.data(), sizeof entry.record);
  records.remove_prefix(sizeof entry.record);
  entry.target = records.substr(0, entry.record.target_size);
  records.remove_prefix(entry.target.size());
  entry.id = records.substr(0, entry.record.id_size);
  records.remove_prefix(entry.id.size());
  entry.actor = records.substr(0, entry.record.actor_size);
  records.remove_prefix(entry.actor.size());
  return entry;
}

AccessLogLane::Fill AccessLogLane::add(const Request& request, const Outcome& outcome) {
  const auto target = std::string_view(request.target).substr(0, kLongestTarget);
  const auto id = std::string_view(request.id).substr(0, kLongestId);
  const auto actor = net::path_of(request.peer.link).substr(0, kLongestActor);
  AccessRecord record{.finished = request.received_at + outcome.duration,
                      .duration = outcome.duration,
                      .body_bytes = outcome.body_bytes,
                      .position = position_of(request),
                      .client = {},
                      .client_scope = 0,
                      .status = outcome.status,
                      .method = request.method,
                      .client_is_v6 = false,
                      .whole = outcome.whole,
                      .target_size = static_cast<std::uint16_t>(target.size()),
                      .id_size = static_cast<std::uint16_t>(id.size()),
                      .actor_size = static_cast<std::uint16_t>(actor.size())};
  set_client(record, request.client);

  const std::lock_guard lock(mutex_);
  const auto before = records_.size();
  const auto after = before + sizeof record + target.size() + id.size() + actor.size();
  if (after > kMostBytes) {
    ++left_out_;
    return Fill::some;
  }
  records_.resize_and_overwrite(after, [&](char* records, std::size_t) {
    auto* at = records + before;
    std::memcpy(at, &record, sizeof record);
    at += sizeof record;
    for (const auto text : {target, id, actor}) at = std::ranges::copy(text, at).out;
    return after;
  });
  if (before == 0) return Fill::was_empty;
  return before < kMostBytes / 2 && after >= kMostBytes / 2 ? Fill::half : Fill::some;
}

std::uint64_t AccessLogLane::take(std::string& records) {
  records.clear();
  const std::lock_guard lock(mutex_);
  records_.swap(records);
  return std::exchange(left_out_, 0);
}

}  // namespace coppice::app::http
