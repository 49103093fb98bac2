#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "actors/result.hpp"
#include "app/oidc/discovery.hpp"
#include "app/oidc/id_token.hpp"
#include "app/oidc/key_set.hpp"
#include "app/outgoing/http_request.hpp"

namespace coppice::app::oidc {

struct ProviderSettings {
  std::string name;    ///< In our paths: "google".
  std::string issuer;  ///< "https://accounts.google.com"
  std::string client_id;
  std::string client_secret;
  std::string redirect_uri;  ///< Where the provider sends people back: our callback's address.
};

/// The path of our callback, out of its address. Errors: invalid_argument for what is no web
/// address with a plain path.
[[nodiscard]] actors::Result<std::string> callback_path(const std::string& redirect_uri);

/// What one person's sign-in needs from its beginning to its end.
struct SignInSecrets {
  std::string state;
  std::string nonce;
  std::string code_verifier;
};

[[nodiscard]] SignInSecrets new_sign_in_secrets();

/// Asks a provider what it says about itself. Errors: unavailable when it doesn't answer as it
/// should, or names addresses that are not safe. Thread: any that may be blocked.
[[nodiscard]] actors::Result<Metadata> discover(const ProviderSettings& settings);

/// An OpenID Connect provider: where it is, as it says itself, and what it signs with. Both are
/// asked for when they are needed, and kept for a while; a token with a key that is not known makes
/// it ask again, so that providers may change theirs at any time.
class Provider {
 public:
  explicit Provider(ProviderSettings settings);

  [[nodiscard]] const ProviderSettings& settings() const noexcept { return settings_; }

  /// What it says about itself. Thread: any.
  [[nodiscard]] const Discovery& discovery() const noexcept { return discovery_; }

  /// Where to send somebody who wants to sign in: the authorisation code flow with PKCE.
  /// Thread: any.
  [[nodiscard]] std::string sign_in_url(const Metadata& metadata,
                                        const SignInSecrets& secrets) const;

  /// Whom the provider vouches for with @p code, which works once.
  /// Errors: unavailable when the provider doesn't answer as it should; unauthorized, for a code or
  /// a token that is not as it must be. Thread: any that may be blocked; several at once.
  [[nodiscard]] actors::Result<Identity> redeem(const Metadata& metadata, const std::string& code,
                                                const SignInSecrets& secrets, std::int64_t now);

 private:
  struct Tokens {
    std::string id_token;
    std::string access_token;
  };

  [[nodiscard]] actors::Result<Tokens> exchange(const Metadata& metadata, const std::string& code,
                                                const SignInSecrets& secrets) const;
  [[nodiscard]] actors::Result<void> verify(const Metadata& metadata, const Jwt& token);
  [[nodiscard]] actors::Result<std::shared_ptr<const KeySet>> keys(const Metadata& metadata,
                                                                   const std::string& key_id);
  [[nodiscard]] actors::Result<Identity> ask_who(const Metadata& metadata, const Tokens& tokens,
                                                 Identity known) const;

  const ProviderSettings settings_;
  const Discovery discovery_;
  std::mutex mutex_;  // guards what follows; never held while the provider is asked
  std::shared_ptr<const KeySet> keys_;
  std::int64_t keys_read_at_ = 0;
};

}  // namespace coppice::app::oidc
