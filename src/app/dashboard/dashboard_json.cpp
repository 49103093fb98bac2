#include "app/dashboard/dashboard_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/clean_text.hpp"
#include "app/utc_time.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::dashboard {
namespace {

using boost::json::array;
using boost::json::object;
using std::chrono::milliseconds;

constexpr std::size_t kLongestReason = 200;

std::string_view state_of(const SeenActor& actor) {
  const bool suspended = actor.stats && actor.stats->state == actors::ActorState::suspended;
  return suspended ? "suspended" : to_string(actor.place.state);
}

object crash_json(const actors::CrashReport& crash) {
  return {{"reason", clean_text(crash.reason.to_string(), kLongestReason)},
          {"at", utc_time(crash.at)},
          {"incarnation", crash.incarnation}};
}

object actor_json(const SeenActor& actor, const Series* series) {
  object out{{"path", actor.place.path},
             {"id", actor.place.id},
             {"depth", actor.depth},
             {"kind", supervisor::to_string(actor.place.kind)},
             {"state", state_of(actor)},
             {"incarnation", actor.place.epoch},
             {"restarts", actor.place.restarts}};
  if (actor.place.kind == actors::Place::Kind::dynamic_supervisor) out["count"] = actor.children;
  if (actor.stats) {
    out["mailbox"] = actor.stats->mailbox_depth;
    out["high_water"] = actor.stats->mailbox_high_water;
    out["handled"] = actor.stats->handled;
  }
  if (series != nullptr) {
    out["rate"] = series->newest().rate;
    out["busy"] = series->newest().busy / Sample::kAllBusy;
  }
  if (actor.place.last_crash) out["crash"] = crash_json(*actor.place.last_crash);
  return out;
}

object incident_json(const Incident& incident) {
  return {{"number", incident.number},
          {"at", utc_time(incident.at)},
          {"kind", to_string(incident.kind)},
          {"path", incident.path},
          {"text", incident.text}};
}

std::int64_t in_milliseconds(actors::Duration duration) {
  return std::chrono::duration_cast<milliseconds>(duration).count();
}

}  // namespace

std::string overview_json(const ServerFacts& facts, const std::vector<SeenActor>& actors,
                          const History& history, const std::deque<Incident>& incidents) {
  array tree;
  for (const auto& actor : actors) {
    tree.push_back(actor_json(actor, history.find(actor.place.path)));
  }
  array events;
  for (const auto& incident : incidents) events.push_back(incident_json(incident));
  return boost::json::serialize(object{{"version", facts.version},
                                       {"at", utc_time(facts.now)},
                                       {"uptime_s", facts.uptime.count()},
                                       {"interval_ms", in_milliseconds(facts.interval)},
                                       {"samples", Series::kSamples},
                                       {"actors", std::move(tree)},
                                       {"events", std::move(events)}});
}

std::string series_json(const Series& series, actors::Duration interval) {
  array mailbox;
  array rate;
  array busy;
  array restarts;
  array count;
  for (std::size_t age = 0; age < series.size(); ++age) {
    const Sample& sample = series[age];
    mailbox.emplace_back(sample.mailbox);
    rate.emplace_back(sample.rate);
    busy.emplace_back(sample.busy / Sample::kAllBusy);
    restarts.emplace_back(sample.restarts);
    count.emplace_back(sample.children);
  }
  return boost::json::serialize(object{{"interval_ms", in_milliseconds(interval)},
                                       {"samples", Series::kSamples},
                                       {"mailbox", std::move(mailbox)},
                                       {"rate", std::move(rate)},
                                       {"busy", std::move(busy)},
                                       {"restarts", std::move(restarts)},
                                       {"count", std::move(count)}});
}

}  // namespace coppice::app::dashboard
