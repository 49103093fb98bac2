#pragma once

#include <cstdint>
#include <tuple>

#include "db/position.hpp"

namespace coppice::app::nodes {

/// What a replica tells the primary: its copy has come to this position.
struct SentArrival {
  std::int64_t epoch = 0;
  std::int64_t sequence = 0;

  auto fields(this auto& self) { return std::tie(self.epoch, self.sequence); }

  [[nodiscard]] db::Position position() const noexcept { return {epoch, sequence}; }
};

}  // namespace coppice::app::nodes
