#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::oidc {

/// A signed token (RFC 7519) in its compact form, taken apart; nothing in it is to be believed
/// before its signature has been verified.
struct Jwt {
  std::string algorithm;
  std::string key_id;  ///< Empty if it names none.
  std::string signed_text;
  std::string signature;
  std::string claims;  ///< A JSON object.
};

/// Errors: malformed.
[[nodiscard]] actors::Result<Jwt> parse_jwt(std::string_view compact);

/// Whom a provider vouches for.
struct Identity {
  std::string subject;
  std::string email;  ///< Empty unless the provider says that it has verified it.
  std::string name;   ///< May be empty.
};

/// What an ID token must say.
struct Expectations {
  std::string issuer;
  std::string client_id;
  std::string nonce;
  std::int64_t now = 0;  ///< Seconds since 1970; clocks may differ by a minute.
};

/// Checks the claims of a token whose signature is right (OpenID Connect Core 1.0, 3.1.3.7).
/// Errors: unauthorized, naming the claim.
[[nodiscard]] actors::Result<Identity> check_claims(std::string_view claims,
                                                    const Expectations& expected);

/// Who the claims are about, without checking them; nobody if they are no JSON object.
[[nodiscard]] Identity identity_from(std::string_view claims);

}  // namespace coppice::app::oidc
