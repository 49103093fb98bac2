#include "app/admin/shard_overview.hpp"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "actors/at_work.hpp"
#include "actors/blocking_pool.hpp"
#include "app/clean_text.hpp"
#include "app/metrics/shard_load.hpp"

namespace coppice::app::admin {
namespace {

using boost::json::object;
using boost::json::value;

constexpr double kStuck = 0.1;  // in seconds

value or_null(const std::string& text) {
  return text.empty() ? value(nullptr) : value(clean_text(text));
}

value culprit_json(const actors::Shard& shard, double overdue) {
  if (overdue < kStuck) return nullptr;
  const auto who = actors::at_work(shard);
  object out{{"seconds", overdue}};
  out["pid"] = or_null(who.pid ? to_string(who.pid) : "");
  out["path"] = or_null(who.path);
  out["actor"] = or_null(who.type);
  out["message"] = or_null(who.message);
  return out;
}

}  // namespace

std::string shards_json(actors::Runtime& runtime, const metrics::ShardLag& lag) {
  const auto loads = metrics::loads_of(runtime);
  boost::json::array shards;
  for (std::uint32_t i = 0; i < runtime.shard_count(); ++i) {
    const auto& shard = runtime.shard(i);
    auto stuck = culprit_json(shard, lag.overdue(i));  // before the lag, which grows
    object out{{"shard", i},
               {"busy", lag.busy(i)},
               {"lag_seconds", lag.now(i)},
               {"actors", loads[i].actors},
               {"waiting", loads[i].messages},
               {"zombies", shard.zombies()},
               {"late_replies", shard.late_replies()}};
    out["stuck"] = std::move(stuck);
    shards.push_back(std::move(out));
  }
  const auto pool = runtime.blocking_pool().stats();
  return boost::json::serialize(
      object{{"shards", std::move(shards)},
             {"stuck_threads", runtime.stuck_threads()},
             {"blocking", object{{"queued", pool.queued}, {"running", pool.running}}}});
}

}  // namespace coppice::app::admin
