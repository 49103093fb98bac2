#include "app/metrics/sources.hpp"

#include <utility>

#include "app/metrics/actor_metrics.hpp"
#include "app/metrics/backup_metrics.hpp"
#include "app/metrics/cluster_metrics.hpp"
#include "app/metrics/database_metrics.hpp"
#include "app/metrics/event_metrics.hpp"
#include "app/metrics/log_metrics.hpp"
#include "app/metrics/mail_metrics.hpp"
#include "app/metrics/process_metrics.hpp"
#include "app/metrics/realtime_metrics.hpp"
#include "app/metrics/shard_metrics.hpp"

namespace coppice::app::metrics {

ToldSources add_sources(Exposition& exposition, SourceParts parts) {
  ToldSources told{.requests = std::make_shared<RequestMetrics>(parts.routes),
                   .refusals = std::make_shared<RefusalMetrics>(),
                   .shards = std::make_shared<const ShardLag>(parts.runtime)};
  exposition.add(told.requests);
  exposition.add(told.refusals);
  exposition.add(std::make_shared<RealtimeMetrics>(std::move(parts.realtime)));
  exposition.add(std::make_shared<DatabaseMetrics>(parts.runtime, std::move(parts.database)));
  exposition.add(std::make_shared<BackupMetrics>(std::move(parts.backups)));
  exposition.add(std::make_shared<MailMetrics>(std::move(parts.mails)));
  exposition.add(std::make_shared<LogMetrics>(std::move(parts.log)));
  exposition.add(std::make_shared<ReportMetrics>(std::move(parts.reports)));
  if (parts.cluster) exposition.add(std::make_shared<ClusterMetrics>(std::move(parts.cluster)));
  exposition.add(std::make_shared<ActorMetrics>(parts.runtime));
  exposition.add(std::make_shared<EventMetrics>(parts.runtime.events()));
  exposition.add(std::make_shared<ShardMetrics>(parts.runtime, told.shards));
  exposition.add(std::make_shared<ProcessMetrics>(std::move(parts.version)));
  return told;
}

}  // namespace coppice::app::metrics
