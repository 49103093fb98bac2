#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "actors/result.hpp"
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

/// An OpenID Connect provider: where it is, as it says itself, and what it signs with. Both are
/// asked for when they are needed, and kept for a while; a token with a key that is not known makes
/// it ask again, so that providers may change theirs at any time.
///
/// Errors of all that ask the provider: unavailable when it doesn't answer as it should.
/// Thread: any that may be blocked; several at once.
class Provider {
 public:
  explicit Provider(ProviderSettings settings) : settings_(std::move(settings)) {}

  [[nodiscard]] const ProviderSettings& settings() const noexcept { return settings_; }

  /// Where to send somebody who wants to sign in: the authorisation code flow with PKCE.
  [[nodiscard]] actors::Result<std::string> sign_in_url(const SignInSecrets& secrets);

  /// Whom the provider vouches for with @p code, which works once.
  /// Errors: also unauthorized, for a code or a token that is not as it must be.
  [[nodiscard]] actors::Result<Identity> redeem(const std::string& code,
                                                const SignInSecrets& secrets, std::int64_t now);

 private:
  /// What the provider says about itself.
  struct Metadata {
    std::string authorization_endpoint;
    std::string token_endpoint;
    std::string userinfo_endpoint;  ///< May be empty.
    std::string jwks_uri;
    bool takes_basic = true;  ///< Our credentials in a header; else in the form.
    std::int64_t read_at = 0;
  };
  struct Tokens {
    std::string id_token;
    std::string access_token;
  };

  [[nodiscard]] actors::Result<Metadata> metadata();
  [[nodiscard]] actors::Result<Metadata> discover() const;
  [[nodiscard]] actors::Result<Tokens> exchange(const Metadata& metadata, const std::string& code,
                                                const SignInSecrets& secrets) const;
  [[nodiscard]] actors::Result<void> verify(const Metadata& metadata, const Jwt& token);
  [[nodiscard]] actors::Result<std::shared_ptr<const KeySet>> keys(const Metadata& metadata,
                                                                   const std::string& key_id);
  [[nodiscard]] actors::Result<Identity> ask_who(const Metadata& metadata, const Tokens& tokens,
                                                 Identity known) const;
  [[nodiscard]] bool may_use(const std::string& url) const;

  const ProviderSettings settings_;
  std::mutex mutex_;  // guards what follows; never held while the provider is asked
  std::shared_ptr<const Metadata> metadata_;
  std::shared_ptr<const KeySet> keys_;
  std::int64_t keys_read_at_ = 0;
};

}  // namespace coppice::app::oidc
