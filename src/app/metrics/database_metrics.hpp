#pragma once

#include <vector>

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include "actors/runtime.hpp"
#include "db/database.hpp"

namespace coppice::app::metrics {

/// The writer, the readers and the files, without asking any of them.
///
/// Thread: any. @p runtime must outlive it.
class DatabaseMetrics final : public prometheus::Collectable {
 public:
  DatabaseMetrics(const actors::Runtime& runtime, db::Database database)
      : runtime_(runtime), database_(std::move(database)) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const actors::Runtime& runtime_;
  const db::Database database_;
};

}  // namespace coppice::app::metrics
