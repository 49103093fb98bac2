#pragma once

#include <memory>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/backup/backup_record.hpp"

namespace coppice::app::metrics {

/// How backups have gone. What is not known yet is left out.
///
/// Thread: any.
class BackupMetrics final : public prometheus::Collectable {
 public:
  explicit BackupMetrics(std::shared_ptr<const backup::BackupRecord> record)
      : record_(std::move(record)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<const backup::BackupRecord> record_;
};

}  // namespace coppice::app::metrics
