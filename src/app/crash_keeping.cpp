#include "app/crash_keeping.hpp"

#include <memory>
#include <string>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/crashes/fatal_signals.hpp"
#include "app/crashes/report_folder.hpp"

namespace coppice::app {

void catch_crashes_of_process(const Config& config, const Log& log) {
  if (const auto made = crashes::make_report_folder(config.crash_path); !made) {
    SPDLOG_WARN("a fatal signal will leave no report: CRASH_PATH {}: {}", config.crash_path,
                made.error().context);
    return;
  }
  const bool all =
      crashes::catch_fatal_signals({.folder = config.crash_path,
                                    .database = crashes::report_name(config.database_path),
                                    .version = config.version,
                                    .log_holders = log.output().holders()});
  if (!all) SPDLOG_DEBUG("some fatal signals are handled by somebody else, and leave no report");
}

CrashKeeping::CrashKeeping(const Config& config, const db::Database& database)
    : ledger_(std::make_shared<crashes::Ledger>(database, config.version, config.crash_path)),
      sentry_(sentry::make_feed(config)) {
  if (!sentry_) return;
  // Other nodes that share a database report their own.
  ledger_->reporting = {
      .reporter = config.litefs.is_used() ? config.cluster.node_name : std::string(),
      .report = [sentry = sentry_](crashes::Crash crash) {
        sentry->crashes.add(std::move(crash));
      }};
  sentry_->reported = [ledger = std::weak_ptr(ledger_)](std::int64_t fingerprint,
                                                        std::int64_t count) {
    if (const auto keeper = ledger.lock()) keeper->note_reported(fingerprint, count);
  };
}

std::vector<supervisor::ChildSpec> CrashKeeping::children() const {
  std::vector<supervisor::ChildSpec> children{crashes::ledger_child(ledger_)};
  if (sentry_) children.push_back(sentry::reporter_child(sentry_));
  return children;
}

CrashKeeping::Following CrashKeeping::follow(actors::EventBus& events) const {
  return {.ledger = crashes::follow_crashes(events, ledger_),
          .sentry = sentry::follow(events, sentry_)};
}

}  // namespace coppice::app
