#include "app/metrics/backup_metrics.hpp"

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {

std::vector<prometheus::MetricFamily> BackupMetrics::Collect() const {
  const auto figures = backups_->read();
  Families families;
  auto& all = families.add("coppice_backups_total", "Backups that were tried since the start",
                           prometheus::MetricType::Counter);
  add_counter(all, {{"result", "made"}}, static_cast<double>(figures.made));
  add_counter(all, {{"result", "failed"}}, static_cast<double>(figures.failed));
  auto& uploads = families.add("coppice_backup_uploads_total",
                               "Uploads of backups to the store since the start",
                               prometheus::MetricType::Counter);
  add_counter(uploads, {{"result", "made"}}, static_cast<double>(figures.uploaded));
  add_counter(uploads, {{"result", "failed"}}, static_cast<double>(figures.upload_failures));
  if (figures.last) {
    families.gauge("coppice_backup_last_success_timestamp_seconds",
                   "When the newest good backup was made, in Unix time",
                   static_cast<double>(figures.last->time_since_epoch().count()));
    families.gauge("coppice_backup_last_size_bytes", "Size of that backup",
                   static_cast<double>(figures.last_bytes));
  }
  if (figures.last_seconds > 0) {
    families.gauge("coppice_backup_last_duration_seconds", "How long it took",
                   figures.last_seconds);
  }
  return families.take();
}

}  // namespace coppice::app::metrics
