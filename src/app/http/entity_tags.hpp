#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "net/http/request.hpp"

namespace coppice::app::http {

/// The value of an If-Match or If-None-Match header (RFC 9110, section 13.1).
class EntityTags {
 public:
  /// Nothing without such a header. Errors: invalid_argument, naming it.
  [[nodiscard]] static actors::Result<std::optional<EntityTags>> of(
      const net::http::Request& request, std::string_view header);

  /// Whether it holds this one, or `*`. Weak tags are taken for strong ones, also in If-Match: ours
  /// name what a record says, and a proxy that compresses marks them weak on their way.
  [[nodiscard]] bool match(std::string_view etag) const;

  /// The only one, without quotes; empty if there are several, or `*`.
  [[nodiscard]] std::string only() const { return tags_.size() == 1 ? tags_.front() : ""; }

 private:
  bool any_ = false;
  std::vector<std::string> tags_;
};

/// `"1765357200.42"`
[[nodiscard]] std::string entity_tag(std::string_view etag);

}  // namespace coppice::app::http
