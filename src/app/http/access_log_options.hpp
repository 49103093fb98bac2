#pragma once

#include <cstdint>

namespace coppice::app::http {

/// Which requests get a line in the log.
struct AccessLogOptions {
  /// One of so many that went well; 1 for all, 0 for none. Failures (5xx, 429, connections that
  /// were cut) get one each, unless `enabled` is false.
  std::uint32_t one_of = 1;
  bool enabled = true;
  bool json = false;
};

}  // namespace coppice::app::http
