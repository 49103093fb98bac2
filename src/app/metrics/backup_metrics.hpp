#pragma once

#include <memory>
#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "app/backup/folder_watch.hpp"

namespace coppice::app::metrics {

/// How backups have gone, whoever made them. What is not known yet is left out.
///
/// Thread: any.
class BackupMetrics final : public prometheus::Collectable {
 public:
  explicit BackupMetrics(std::shared_ptr<backup::FolderWatch> backups)
      : backups_(std::move(backups)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const std::shared_ptr<backup::FolderWatch> backups_;
};

}  // namespace coppice::app::metrics
