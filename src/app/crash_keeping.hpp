#pragma once

#include <vector>

#include "actors/events.hpp"
#include "app/config.hpp"
#include "app/crashes/crash_ledger.hpp"
#include "app/logging.hpp"
#include "app/sentry/reporter.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app {

/// Has fatal signals leave a report, as far as the folder can be used; else says why in the log.
/// Thread: the main one, once, before others are started.
void catch_crashes_of_process(const Config& config, const Log& log);

/// What becomes of crashes: they are written down, and reported if somebody wants to hear.
class CrashKeeping {
 public:
  CrashKeeping(const Config& config, const db::Database& database);

  [[nodiscard]] const crashes::LedgerPtr& ledger() const noexcept { return ledger_; }
  /// Null unless crashes are reported.
  [[nodiscard]] const sentry::FeedPtr& sentry() const noexcept { return sentry_; }

  /// Those that keep and report, in start order.
  [[nodiscard]] std::vector<supervisor::ChildSpec> children() const;

  /// Has crashes noted from now on. What is returned must end before the bus does.
  struct Following {
    actors::EventBus::Subscription ledger;
    sentry::Following sentry;
  };
  [[nodiscard]] Following follow(actors::EventBus& events) const;

 private:
  crashes::LedgerPtr ledger_;
  sentry::FeedPtr sentry_;  // null unless crashes are reported
};

}  // namespace coppice::app
