#include "supervisor/common_specs.hpp"

#include <algorithm>

namespace coppice::supervisor {

std::shared_ptr<ChildSpec> CommonSpecs::shared(std::shared_ptr<ChildSpec> spec) {
  const auto same = std::ranges::find_if(
      kept_, [&](const auto& kept) { return differ_at_most_in_start(*kept, *spec); });
  if (same != kept_.end()) return *same;
  if (kept_.size() == kMost) kept_.erase(kept_.begin());
  return kept_.emplace_back(std::move(spec));
}

}  // namespace coppice::supervisor
