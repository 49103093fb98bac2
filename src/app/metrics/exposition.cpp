#include "app/metrics/exposition.hpp"

#include <iterator>

#include <prometheus/text_serializer.h>

namespace coppice::app::metrics {

std::string Exposition::text() const {
  std::vector<prometheus::MetricFamily> families;
  for (const auto& source : sources_) {
    auto collected = source->Collect();
    families.insert(families.end(), std::make_move_iterator(collected.begin()),
                    std::make_move_iterator(collected.end()));
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace coppice::app::metrics
