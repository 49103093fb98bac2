#include "app/oidc/id_token.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/oidc/json_text.hpp"
#include "net/encoding.hpp"

namespace coppice::app::oidc {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::int64_t kSkewSeconds = 60;
constexpr std::size_t kLongestSubject = 255;
constexpr double kLatestTime = 1e15;  // seconds; beyond is no time

std::optional<std::int64_t> time_of(const boost::json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr) return std::nullopt;
  boost::system::error_code error;
  const auto number = value->to_number<double>(error);  // it may have a fraction
  const bool sane = !error && std::abs(number) < kLatestTime;
  return sane ? std::optional(static_cast<std::int64_t>(number)) : std::nullopt;
}

Result<boost::json::object> parse_part(std::string_view encoded) {
  const auto text = net::base64_decode(encoded);
  if (!text) return fail(Errc::malformed, "a token that is not base64");
  boost::system::error_code error;
  auto value = boost::json::parse(*text, error);
  if (error || !value.is_object()) return fail(Errc::malformed, "a token that is not JSON");
  return std::move(value.as_object());
}

/// For us, and if it is for others as well, issued to us.
bool is_for(const boost::json::object& claims, const std::string& client_id) {
  const auto* audience = claims.if_contains("aud");
  if (audience == nullptr) return false;
  if (audience->is_string()) return audience->as_string() == client_id;
  if (!audience->is_array()) return false;
  const auto& list = audience->as_array();
  const bool named = std::ranges::any_of(
      list, [&](const auto& one) { return one.is_string() && one.as_string() == client_id; });
  return named && (list.size() == 1 || text_of(claims, "azp") == client_id);
}

/// Empty for what is no JSON object.
boost::json::object object_from(std::string_view json) {
  boost::system::error_code error;
  auto value = boost::json::parse(json, error);
  return !error && value.is_object() ? std::move(value.as_object()) : boost::json::object();
}

Identity identity_in(const boost::json::object& claims) {
  const auto* verified = claims.if_contains("email_verified");
  const bool is_verified = verified != nullptr && verified->is_bool() && verified->as_bool();
  return {.subject = text_of(claims, "sub"),
          .email = is_verified ? text_of(claims, "email") : "",
          .name = text_of(claims, "name")};
}

std::unexpected<actors::Error> wrong(std::string_view claim) {
  return fail(Errc::unauthorized, "the provider's token has another " + std::string(claim));
}

}  // namespace

Result<Jwt> parse_jwt(std::string_view compact) {
  const auto first = compact.find('.');
  const auto second = compact.find('.', first == std::string_view::npos ? first : first + 1);
  if (second == std::string_view::npos || compact.find('.', second + 1) != std::string_view::npos) {
    return fail(Errc::malformed, "a token without three parts");
  }
  auto header = parse_part(compact.substr(0, first));
  if (!header) return std::unexpected(std::move(header.error()));
  auto claims = parse_part(compact.substr(first + 1, second - first - 1));
  if (!claims) return std::unexpected(std::move(claims.error()));
  auto signature = net::base64_decode(compact.substr(second + 1));
  if (!signature) return fail(Errc::malformed, "a signature that is not base64");
  return Jwt{.algorithm = text_of(*header, "alg"),
             .key_id = text_of(*header, "kid"),
             .signed_text = std::string(compact.substr(0, second)),
             .signature = std::move(*signature),
             .claims = boost::json::serialize(*claims)};
}

Result<Identity> check_claims(std::string_view json, const Expectations& expected) {
  const auto claims = object_from(json);
  if (text_of(claims, "iss") != expected.issuer) return wrong("issuer");
  if (!is_for(claims, expected.client_id)) return wrong("audience");
  if (const auto azp = text_of(claims, "azp"); !azp.empty() && azp != expected.client_id) {
    return wrong("authorized party");
  }
  const auto expires = time_of(claims, "exp");
  if (!expires || *expires + kSkewSeconds <= expected.now) {
    return fail(Errc::unauthorized, "the provider's token has expired");
  }
  const auto issued = time_of(claims, "iat");
  if (!issued || *issued - kSkewSeconds > expected.now) {
    return fail(Errc::unauthorized, "the provider's token is from the future");
  }
  if (time_of(claims, "nbf").value_or(0) - kSkewSeconds > expected.now) {
    return fail(Errc::unauthorized, "the provider's token is not valid yet");
  }
  if (text_of(claims, "nonce") != expected.nonce) return wrong("nonce");
  auto identity = identity_in(claims);
  if (identity.subject.empty() || identity.subject.size() > kLongestSubject) {
    return fail(Errc::unauthorized, "the provider's token is about nobody");
  }
  return identity;
}

Identity identity_from(std::string_view claims) { return identity_in(object_from(claims)); }

}  // namespace coppice::app::oidc
