#include "net/http/plugs/cors.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "net/channels/origin.hpp"

namespace coppice::net::http::plugs {
namespace {

constexpr std::string_view kAllowOrigin = "access-control-allow-origin";
constexpr std::string_view kRequestMethod = "access-control-request-method";
constexpr std::string_view kRequestHeaders = "access-control-request-headers";
constexpr std::string_view kMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

class Cors {
 public:
  Cors(std::optional<std::vector<channels::Origin>> origins, CorsOptions options)
      : anybody_(!origins),
        policy_(origins ? channels::OriginPolicy::list(*std::move(origins))
                        : channels::OriginPolicy::any()),
        options_(std::move(options)) {
    if (anybody_) to_anybody_.add(kAllowOrigin, "*");
    if (anybody_) to_anybody_.add("access-control-expose-headers", options_.exposed);
  }

  [[nodiscard]] std::optional<Response> answer_preflight(const Request& request) const {
    if (request.method != Method::options || !request.headers.contains("origin") ||
        !request.headers.contains(kRequestMethod)) {
      return std::nullopt;
    }
    const auto& alone = options_.left_alone;
    if (std::ranges::find(alone, request.path) != alone.end()) return std::nullopt;
    auto response = Response::empty(Status::no_content);
    if (anybody_ || allows(request)) {
      response.headers.add("access-control-allow-methods", kMethods);
      if (const auto wanted = request.header(kRequestHeaders)) {
        response.headers.add("access-control-allow-headers", *wanted);
      }
      response.headers.add("access-control-max-age", options_.max_age);
    }
    response.headers.merge("vary", kRequestMethod);
    response.headers.merge("vary", kRequestHeaders);
    return response;
  }

  void mark(const Request& request, Response& response) const {
    if (response.headers.contains(kAllowOrigin)) return;  // the handler knows better
    if (anybody_) return response.headers.add_all(to_anybody_);
    // Also for those who send none: a cache must not give their answer to those who do.
    response.headers.merge("vary", "origin");
    if (!allows(request)) return;
    response.headers.add(kAllowOrigin, *request.header("origin"));
    response.headers.add("access-control-allow-credentials", "true");
    response.headers.add("access-control-expose-headers", options_.exposed);
  }

 private:
  [[nodiscard]] bool allows(const Request& request) const {
    const auto origin = request.header("origin");
    return origin && request.headers.count("origin") == 1 && policy_.allows(origin, {});
  }

  const bool anybody_;
  const channels::OriginPolicy policy_;
  const CorsOptions options_;
  Headers to_anybody_;
};

}  // namespace

actors::Result<Plug> cors(CorsOptions options) {
  std::optional<std::vector<channels::Origin>> origins;
  if (options.origins) {
    origins.emplace();
    for (const auto& text : *options.origins) {
      auto pattern = channels::parse_origin_pattern(text);
      if (!pattern) return std::unexpected(pattern.error());
      origins->push_back(*std::move(pattern));
    }
  }
  const auto cors = std::make_shared<const Cors>(std::move(origins), std::move(options));
  return Plug{.name = "cors",
              .before = [cors](Request& request) { return cors->answer_preflight(request); },
              .after = [cors](const Request& request,
                              Response& response) { cors->mark(request, response); }};
}

}  // namespace coppice::net::http::plugs
