#include "app/http/refusal_log.hpp"

#include <chrono>
#include <memory>
#include <string_view>
#include <utility>

#include <spdlog/spdlog.h>

#include "actors/shard.hpp"
#include "app/log_limit.hpp"
#include "app/log_scope.hpp"

namespace coppice::app::http {
namespace {

using net::server::NoRoom;
using net::server::Refusal;

constexpr std::uint32_t kMostLogged = 5;
constexpr auto kPeriod = std::chrono::seconds(10);

std::string_view reason_of(NoRoom why) {
  switch (why) {
    case NoRoom::connections: return "all connections are taken; see MAX_CONNECTIONS";
    case NoRoom::connections_of_address:
      return "it has all that it may have; see MAX_CONNECTIONS_PER_ADDRESS";
    case NoRoom::descriptors: break;
  }
  return "no descriptor is left; see the limit of open files (ulimit -n)";
}

void log(LogLimit& limit, const Refusal& refusal) {
  const auto left_out = limit.admit(actors::Shard::current()->now());
  if (!left_out) return;
  const LogScope about({.actor = refusal.listener, .request_id = refusal.id});
  if (*left_out > 0) SPDLOG_WARN("{} more clients were turned away before that", *left_out);
  SPDLOG_WARN("turned {} away with {}: {} (request {})", refusal.client.to_string(),
              std::to_underlying(refusal.status), reason_of(refusal.why), refusal.id);
}

}  // namespace

std::function<void(const Refusal&)> refusal_log() {
  return [limit = std::make_shared<LogLimit>(kMostLogged, kPeriod)](const Refusal& refusal) {
    log(*limit, refusal);
  };
}

std::function<void(std::size_t)> room_log() {
  return [limit = std::make_shared<LogLimit>(1, kPeriod)](std::size_t /*count*/) {
    if (!limit->admit(actors::Shard::current()->now())) return;
    SPDLOG_WARN("idle connections make room for others: all are taken; see MAX_CONNECTIONS");
  };
}

}  // namespace coppice::app::http
