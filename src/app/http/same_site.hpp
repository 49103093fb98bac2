#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/channels/origin.hpp"
#include "net/http/request.hpp"

namespace coppice::app::http {

/// Whether pages of other sites may make requests that change something on behalf of their visitor.
///
/// Browsers say where a request comes from: in Sec-Fetch-Site, or, older ones, in Origin. Programs
/// say neither, and carry no visitor's cookies.
///
/// Thread: any.
class SameSitePolicy {
 public:
  /// @param host     The public host; empty for that of the request.
  /// @param trusted  Patterns of the sites that may, beside our own; see parse_origin_pattern().
  SameSitePolicy(std::string host, const std::vector<std::string>& trusted);

  [[nodiscard]] bool allows(const net::http::Request& request) const;

 private:
  [[nodiscard]] bool is_trusted(std::string_view origin) const;

  net::channels::OriginPolicy own_;
  std::optional<net::channels::OriginPolicy> trusted_;
};

}  // namespace coppice::app::http
