#include "app/http/same_site.hpp"

#include <utility>

namespace coppice::app::http {
namespace {

using net::channels::Origin;
using net::channels::OriginPolicy;

Origin origin_of(const net::http::Request& request) {
  return net::channels::request_origin(request.secure ? "https" : "http",
                                       request.header("host").value_or(""));
}

}  // namespace

SameSitePolicy::SameSitePolicy(std::string host, const std::vector<std::string>& trusted)
    : own_(host.empty() ? OriginPolicy::same_as_request() : OriginPolicy::host(std::move(host))) {
  std::vector<Origin> patterns;
  for (const auto& text : trusted) {
    if (auto pattern = net::channels::parse_origin_pattern(text)) {
      patterns.push_back(std::move(*pattern));
    }
  }
  if (!patterns.empty()) trusted_ = OriginPolicy::list(std::move(patterns));
}

bool SameSitePolicy::allows(const net::http::Request& request) const {
  const auto origin = request.header("origin");
  if (origin && is_trusted(*origin)) return true;
  if (const auto site = request.header("sec-fetch-site")) return *site != "cross-site";
  return own_.allows(origin, origin_of(request));
}

bool SameSitePolicy::is_trusted(std::string_view origin) const {
  return trusted_ && trusted_->allows(origin, Origin{});
}

}  // namespace coppice::app::http
