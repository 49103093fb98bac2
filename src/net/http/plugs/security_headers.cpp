#include "net/http/plugs/security_headers.hpp"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/random.h>
#include <system_error>

#include "net/encoding.hpp"

namespace coppice::net::http::plugs {
namespace {

constexpr std::string_view kPolicy = "content-security-policy";
constexpr std::string_view kNothing = "default-src 'none'; frame-ancestors 'none'";

/// Unlike a request's id, this must not be guessed.
std::string make_nonce() {
  std::string bytes(16, '\0');
  if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
    throw std::system_error(errno, std::generic_category(), "getrandom");
  }
  return base64_encode(bytes);
}

std::string page_policy(const std::string& nonce) {
  return "default-src 'self'; script-src 'self' 'nonce-" + nonce + "'; style-src 'self' 'nonce-" +
         nonce +
         "'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
         "frame-ancestors 'none'";
}

bool is_html(const Response& response) {
  return response.headers.get("content-type").value_or("").starts_with("text/html");
}

}  // namespace

Plug security_headers() {
  Headers always;
  always.add("x-content-type-options", "nosniff");
  always.add("referrer-policy", "strict-origin-when-cross-origin");
  Headers with_policy = always;
  with_policy.add(kPolicy, kNothing);
  return {.name = "security_headers",
          .after = [always = std::move(always), with_policy = std::move(with_policy)](
                       const Request& /*request*/, Response& response) {
            const bool has_own = response.headers.contains(kPolicy);
            response.headers.add_all(has_own ? always : with_policy);
          }};
}

Plug page_security() {
  return {.name = "page_security",
          .before = [](Request& request) -> std::optional<Response> {
            request.assigns.set(CspNonce{make_nonce()});
            return std::nullopt;
          },
          .after =
              [](const Request& request, Response& response) {
                const auto* nonce = request.assigns.get<CspNonce>();
                if (nonce == nullptr || !is_html(response)) return;
                if (response.headers.contains(kPolicy)) return;
                response.headers.add(kPolicy, page_policy(nonce->value));
              }};
}

}  // namespace coppice::net::http::plugs
