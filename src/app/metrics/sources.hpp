#pragma once

#include <memory>
#include <string>
#include <vector>

#include "actors/runtime.hpp"
#include "app/backup/folder_watch.hpp"
#include "app/cluster/link.hpp"
#include "app/logging.hpp"
#include "app/mail/mail_record.hpp"
#include "app/metrics/exposition.hpp"
#include "app/metrics/refusal_metrics.hpp"
#include "app/metrics/report_metrics.hpp"
#include "app/metrics/request_metrics.hpp"
#include "app/metrics/shard_lag.hpp"
#include "app/rooms/realtime.hpp"
#include "db/database.hpp"
#include "net/http/route.hpp"

namespace coppice::app::metrics {

/// Where metrics come from.
struct SourceParts {
  actors::Runtime& runtime;
  std::string version;
  db::Database database;
  rooms::Realtime realtime;
  std::shared_ptr<backup::FolderWatch> backups;
  std::shared_ptr<const mail::MailRecord> mails;
  std::shared_ptr<Log> log;
  ReportParts reports;
  std::shared_ptr<const cluster::LinkParts> cluster;  ///< Null where there are no other nodes.
  const std::vector<net::http::Route>& routes;        ///< The router's own; see RequestMetrics.
};

/// What others of the server use: the sources that are told, rather than look, and what is known of
/// the shards.
struct ToldSources {
  std::shared_ptr<RequestMetrics> requests;
  std::shared_ptr<RefusalMetrics> refusals;
  std::shared_ptr<const ShardLag> shards;
};

/// Adds all of the server's sources.
[[nodiscard]] ToldSources add_sources(Exposition& exposition, SourceParts parts);

}  // namespace coppice::app::metrics
