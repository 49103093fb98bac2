#include "app/log_levels.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "app/journal.hpp"

namespace coppice::app {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using actors::Time;

constexpr std::array<std::string_view, 5> kFolders{"actors", "supervisor", "db", "net", "app"};

bool is_folder(std::string_view target) {
  const auto first = target.substr(0, target.find('/'));
  return std::ranges::find(kFolders, first) != kFolders.end() && !target.ends_with('/');
}

bool is_target(std::string_view target) {
  return target == LogLevels::kAll || target.starts_with('/') || is_folder(target);
}

/// How closely a rule fits a line; 0 if it doesn't.
std::size_t closeness(const LogLevels::Rule& rule, std::string_view folder,
                      std::string_view actor) {
  constexpr std::size_t kActor = 1U << 20U;  // closer than any folder, however long its name
  if (rule.target == LogLevels::kAll) return 1;
  if (!rule.target.starts_with('/')) {
    return is_at_or_below(folder, rule.target) ? 1 + rule.target.size() : 0;
  }
  return is_at_or_below(actor, rule.target) ? kActor + rule.target.size() : 0;
}

}  // namespace

LogLevels::LogLevels(LogLevel configured) : configured_(configured), least_(configured) {}

Result<void> LogLevels::set(Rule rule, Time now) {
  if (!is_target(rule.target)) {
    return fail(Errc::invalid_argument,
                "\"" + rule.target +
                    "\" is neither all, nor a folder of the source (actors, supervisor, db, net, "
                    "app, app/mail …), nor a place in the tree such as /database/writer");
  }
  const std::lock_guard lock(mutex_);
  forget_old(now);
  const auto old = std::ranges::find(rules_, rule.target, &Rule::target);
  if (old != rules_.end()) {
    *old = std::move(rule);
  } else if (rules_.size() < kMostRules) {
    rules_.push_back(std::move(rule));
  } else {
    return fail(Errc::overloaded, "there are " + std::to_string(kMostRules) +
                                      " levels already; set one of them to default first");
  }
  find_least();
  return {};
}

Result<void> LogLevels::reset(std::string_view target) {
  const std::lock_guard lock(mutex_);
  if (target == kAll) {
    rules_.clear();
  } else if (std::erase_if(rules_, [&](const Rule& rule) { return rule.target == target; }) == 0) {
    return fail(Errc::not_found, "nobody has changed the level of " + std::string(target));
  }
  find_least();
  return {};
}

bool LogLevels::admits(LogLevel level, std::string_view folder, std::string_view actor, Time now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
  std::size_t closest = 0;
  LogLevel least = configured_;
  for (const auto& rule : rules_) {
    const auto fit = closeness(rule, folder, actor);
    if (fit <= closest) continue;
    closest = fit;
    least = rule.level;
  }
  return level >= least;
}

std::vector<LogLevels::Rule> LogLevels::rules(Time now) {
  const std::lock_guard lock(mutex_);
  forget_old(now);
  std::vector<Rule> out{{.target = std::string(kAll), .level = configured_, .until = {}}};
  for (const auto& rule : rules_) {
    if (rule.target == kAll) {
      out.front() = rule;
    } else {
      out.push_back(rule);
    }
  }
  return out;
}

void LogLevels::forget_old(Time now) {
  const auto old = [now](const Rule& rule) { return rule.until && *rule.until <= now; };
  if (std::erase_if(rules_, old) > 0) find_least();
}

// With what will hold when the time of a rule is over: no line may be lost for having come first.
void LogLevels::find_least() {
  LogLevel least = configured_;
  bool for_good = false;
  for (const auto& rule : rules_) for_good = for_good || (rule.target == kAll && !rule.until);
  if (for_good) least = LogLevel::off;
  for (const auto& rule : rules_) least = std::min(least, rule.level);
  least_.store(least, std::memory_order_relaxed);
}

}  // namespace coppice::app
