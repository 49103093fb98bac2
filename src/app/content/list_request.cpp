#include "app/content/list_request.hpp"

#include <algorithm>

namespace coppice::app::content {

actors::Result<int> parse_limit(std::string_view written) {
  if (written.empty()) return kDefaultLimit;
  int limit = 0;
  for (const char c : written) {
    if (c < '0' || c > '9') limit = -1;
    if (limit < 0) break;
    limit = std::min(limit * 10 + (c - '0'), kMaxLimit);
  }
  if (limit >= 1) return limit;
  return actors::fail(actors::Errc::invalid_argument,
                      "limit must be a whole number from 1 on; more than 100 means 100");
}

}  // namespace coppice::app::content
