#include "net/http/plugs/https.hpp"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

namespace coppice::net::http::plugs {
namespace {

bool came_by(const Request& request, std::string_view scheme) {
  return equals_ignoring_case(last_listed(request.headers, "x-forwarded-proto"), scheme);
}

std::string_view without_port(std::string_view host) {
  const auto end = host.starts_with('[') ? host.find(']') + 1 : host.find(':');
  return host.substr(0, end);
}

/// The target's path and query: an absolute target names another host.
std::string_view path_and_query(const Request& request) {
  const std::string_view target = request.target;
  if (target.starts_with('/')) return target;
  const auto path = target.find('/', target.find("://") + 3);
  return path == std::string_view::npos ? "/" : target.substr(path);
}

/// For whoever looks into a redirect that does not end.
constexpr std::string_view kReason =
    "the last proxy says that this came by HTTP: x-forwarded-proto ends in http\n";

std::optional<Response> redirect(const HttpsOptions& options, const Request& request) {
  if (request.malformed || request.secure || !came_by(request, "http")) return std::nullopt;
  if (std::ranges::find(options.exempt, request.path) != options.exempt.end()) return std::nullopt;
  const auto host =
      options.host.empty() ? without_port(request.header("host").value_or("")) : options.host;
  if (host.empty()) return std::nullopt;
  const bool safe = request.method == Method::get || request.method == Method::head;
  auto response = Response::text(safe ? Status::moved_permanently : Status::permanent_redirect,
                                 std::string(kReason));
  response.headers.add("location", "https://" + std::string(host).append(path_and_query(request)));
  return response;
}

}  // namespace

Plug https_only(HttpsOptions options) {
  const auto kept = std::make_shared<const HttpsOptions>(std::move(options));
  return {.name = "https_only",
          .before = [kept](Request& request) { return redirect(*kept, request); },
          .after =
              [kept](const Request& request, Response& response) {
                if (kept->hsts.empty()) return;
                if (!request.secure && !came_by(request, "https")) return;
                response.headers.add("strict-transport-security", kept->hsts);
              }};
}

}  // namespace coppice::net::http::plugs
