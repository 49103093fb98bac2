#include "supervisor/child_spec.hpp"

#include <tuple>
#include <unordered_set>

namespace coppice::supervisor {
namespace {

constexpr auto kWorkerPatience = std::chrono::seconds(5);

actors::Result<void> invalid(std::string_view what, const ChildSpec& spec) {
  std::string context(what);
  if (!spec.id.empty()) context += " (child \"" + spec.id + "\")";
  return actors::fail(actors::Errc::invalid_argument, std::move(context));
}

bool is_known(Restart restart) noexcept { return restart <= Restart::temporary; }
bool is_known(ChildType type) noexcept { return type <= ChildType::dynamic_supervisor; }

bool is_valid(const Backoff& backoff) noexcept {
  return backoff.min >= Duration::zero() && backoff.max >= backoff.min && backoff.factor >= 1.0 &&
         backoff.jitter >= 0.0 && backoff.jitter <= 1.0;
}

}  // namespace

Shutdown ChildSpec::effective_shutdown() const noexcept {
  if (shutdown) return *shutdown;
  return type == ChildType::worker ? Shutdown::within(kWorkerPatience) : Shutdown::infinity();
}

std::string ChildSpec::describe() const {
  const Shutdown how = effective_shutdown();
  std::string text(to_string(type));
  text += ", " + std::string(to_string(restart)) + ", shutdown ";
  if (how.is_brutal()) {
    text += "brutal_kill";
  } else if (how.is_infinite()) {
    text += "infinity";
  } else {
    text += std::to_string(
                std::chrono::duration_cast<std::chrono::milliseconds>(how.patience()).count()) +
            " ms";
  }
  if (significant) text += ", significant";
  return text;
}

bool differ_at_most_in_start(const ChildSpec& one, const ChildSpec& other) noexcept {
  const auto rest = [](const ChildSpec& spec) {
    return std::tie(spec.id, spec.restart, spec.shutdown, spec.type, spec.significant, spec.backoff,
                    spec.options);
  };
  return rest(one) == rest(other);
}

actors::Result<void> check(const ChildSpec& spec, AutoShutdown auto_shutdown) {
  if (spec.id.empty()) return invalid("missing_id", spec);
  if (spec.id.contains('/')) return invalid("invalid_id: a slash separates ids in paths", spec);
  if (!spec.start) return invalid("missing_start", spec);
  if (!is_known(spec.restart)) return invalid("invalid_restart_type", spec);
  if (!is_known(spec.type)) return invalid("invalid_child_type", spec);
  const Shutdown shutdown = spec.effective_shutdown();
  if (shutdown.patience() < Duration::zero()) return invalid("invalid_shutdown", spec);
  if (spec.type != ChildType::worker && !shutdown.is_infinite()) {
    // A supervisor that is killed leaves its children behind.
    return invalid("invalid_shutdown: a supervisor needs infinity", spec);
  }
  if (spec.significant) {
    if (auto_shutdown == AutoShutdown::never) {
      return invalid("bad_combination: significant needs auto_shutdown", spec);
    }
    if (spec.restart == Restart::permanent) {
      return invalid("bad_combination: a significant child can't be permanent", spec);
    }
  }
  if (spec.backoff && !is_valid(*spec.backoff)) return invalid("invalid_backoff", spec);
  if (spec.options.mailbox.capacity == 0) return invalid("invalid_mailbox: capacity 0", spec);
  return {};
}

actors::Result<void> check(const std::vector<ChildSpec>& specs, AutoShutdown auto_shutdown) {
  std::unordered_set<std::string_view> ids;
  for (const auto& spec : specs) {
    if (auto checked = check(spec, auto_shutdown); !checked) return checked;
    if (!ids.insert(spec.id).second) return invalid("duplicate_child_name", spec);
  }
  return {};
}

std::string_view to_string(Restart restart) noexcept {
  switch (restart) {
    case Restart::permanent: return "permanent";
    case Restart::transient: return "transient";
    case Restart::temporary: return "temporary";
  }
  return "invalid";
}

std::string_view to_string(ChildType type) noexcept {
  switch (type) {
    case ChildType::worker: return "worker";
    case ChildType::supervisor: return "supervisor";
    case ChildType::dynamic_supervisor: return "dynamic supervisor";
  }
  return "invalid";
}

}  // namespace coppice::supervisor
