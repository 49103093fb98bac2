#include "app/oidc/provider.hpp"

#include <algorithm>
#include <chrono>
#include <sodium.h>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/accounts/secret.hpp"
#include "app/oidc/json_text.hpp"

namespace coppice::app::oidc {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::int64_t kKeysSeconds = 3600;
// Tokens with made-up keys must not make us ask all the time.
constexpr std::int64_t kLeastKeysSeconds = 5;
constexpr std::chrono::seconds kTimeout(10);

/// Seconds that only ever grow: what was read when does not depend on the wall's clock.
std::int64_t steady_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

std::string sha256(const std::string& text) {
  std::string digest(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(digest.data()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return digest;
}

/// Whether the provider takes credentials in a header; it does unless it says otherwise.
bool takes_basic(const boost::json::object& metadata) {
  const auto* methods = metadata.if_contains("token_endpoint_auth_methods_supported");
  if (methods == nullptr || !methods->is_array()) return true;
  return std::ranges::any_of(methods->as_array(), [](const auto& method) {
    return method.is_string() && method.as_string() == "client_secret_basic";
  });
}

/// Asks the provider for a JSON object. Errors: unauthorized for an answer of 4xx; unavailable.
Result<boost::json::object> ask(const outgoing::HttpRequest& request) {
  const auto answer = outgoing::send(request, {});
  if (!answer) return fail(Errc::unavailable, answer.error().context);
  boost::system::error_code error;
  auto body = boost::json::parse(answer->body, error);
  const bool is_object = !error && body.is_object();
  if (answer->status >= 400 && answer->status < 500) {
    const std::string why = is_object ? text_of(body.as_object(), "error") : "";
    return fail(Errc::unauthorized,
                request.url + " answers " + std::to_string(answer->status) + " " + why);
  }
  if (answer->status != 200 || !is_object) {
    return fail(Errc::unavailable, request.url + " answers " + std::to_string(answer->status) +
                                       (is_object ? "" : ", without JSON"));
  }
  return std::move(body.as_object());
}

outgoing::HttpRequest get(std::string url) {
  outgoing::HttpRequest request;
  request.url = std::move(url);
  request.headers = {"accept: application/json"};
  request.timeout = kTimeout;
  return request;
}

/// Whoever is asked over TLS is not left for somebody who isn't.
bool may_use(const ProviderSettings& settings, const std::string& url) {
  const bool plain = settings.issuer.starts_with("http://") && url.starts_with("http://");
  return plain || url.starts_with("https://");
}

std::string form_encoded(const std::string& text) {
  return outgoing::form_encode({{"", text}}).substr(1);
}

}  // namespace

Result<std::string> callback_path(const std::string& redirect_uri) {
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789/_-.";
  const auto scheme = redirect_uri.find("://");
  const auto slash = scheme == std::string::npos ? scheme : redirect_uri.find('/', scheme + 3);
  const bool is_web = redirect_uri.starts_with("https://") || redirect_uri.starts_with("http://");
  std::string path = slash == std::string::npos ? "" : redirect_uri.substr(slash);
  if (is_web && path.size() > 1 && path.find_first_not_of(kPlain) == std::string::npos) return path;
  return fail(Errc::invalid_argument, "a web address of this server with a path");
}

SignInSecrets new_sign_in_secrets() {
  return {.state = accounts::new_secret(),
          .nonce = accounts::new_secret(),
          .code_verifier = accounts::new_secret()};
}

Result<Metadata> discover(const ProviderSettings& settings) {
  std::string base = settings.issuer;
  if (base.ends_with('/')) base.pop_back();
  const auto said = ask(get(base + "/.well-known/openid-configuration"));
  if (!said) return fail(Errc::unavailable, said.error().context);
  if (text_of(*said, "issuer") != settings.issuer) {
    return fail(Errc::unavailable, settings.issuer + " says that it is " +
                                       text_of(*said, "issuer") + "; set the issuer to that");
  }
  Metadata metadata{.authorization_endpoint = text_of(*said, "authorization_endpoint"),
                    .token_endpoint = text_of(*said, "token_endpoint"),
                    .userinfo_endpoint = text_of(*said, "userinfo_endpoint"),
                    .jwks_uri = text_of(*said, "jwks_uri"),
                    .takes_basic = takes_basic(*said)};
  for (const auto& url :
       {metadata.authorization_endpoint, metadata.token_endpoint, metadata.jwks_uri}) {
    if (!may_use(settings, url)) {
      return fail(Errc::unavailable, settings.issuer + " names no safe address: \"" + url + "\"");
    }
  }
  return metadata;
}

Provider::Provider(ProviderSettings settings)
    : settings_(std::move(settings)),
      discovery_(settings_.name, [settings = settings_] { return discover(settings); }) {}

std::string Provider::sign_in_url(const Metadata& metadata, const SignInSecrets& secrets) const {
  const std::string& endpoint = metadata.authorization_endpoint;
  const char separator = endpoint.find('?') == std::string::npos ? '?' : '&';
  return endpoint + separator +
         outgoing::form_encode(
             {{"response_type", "code"},
              {"client_id", settings_.client_id},
              {"redirect_uri", settings_.redirect_uri},
              {"scope", "openid email profile"},
              {"state", secrets.state},
              {"nonce", secrets.nonce},
              {"code_challenge", accounts::base64url(sha256(secrets.code_verifier))},
              {"code_challenge_method", "S256"}});
}

Result<Identity> Provider::redeem(const Metadata& metadata, const std::string& code,
                                  const SignInSecrets& secrets, std::int64_t now) {
  const auto tokens = exchange(metadata, code, secrets);
  if (!tokens) return std::unexpected(tokens.error());
  const auto token = parse_jwt(tokens->id_token);
  if (!token) return fail(Errc::unauthorized, token.error().context);
  if (auto verified = verify(metadata, *token); !verified) {
    return std::unexpected(std::move(verified.error()));
  }
  auto identity = check_claims(token->claims, {.issuer = settings_.issuer,
                                               .client_id = settings_.client_id,
                                               .nonce = secrets.nonce,
                                               .now = now});
  if (!identity || !identity->email.empty()) return identity;
  return ask_who(metadata, *tokens, std::move(*identity));
}

Result<Provider::Tokens> Provider::exchange(const Metadata& metadata, const std::string& code,
                                            const SignInSecrets& secrets) const {
  auto request = get(metadata.token_endpoint);
  request.method = "POST";
  request.headers.emplace_back("content-type: application/x-www-form-urlencoded");
  std::vector<std::pair<std::string, std::string>> form = {
      {"grant_type", "authorization_code"},
      {"code", code},
      {"redirect_uri", settings_.redirect_uri},
      {"code_verifier", secrets.code_verifier}};
  if (metadata.takes_basic) {
    request.user = form_encoded(settings_.client_id);
    request.password = form_encoded(settings_.client_secret);
  } else {
    form.emplace_back("client_id", settings_.client_id);
    form.emplace_back("client_secret", settings_.client_secret);
  }
  request.body = outgoing::form_encode(form);
  const auto answer = ask(request);
  if (!answer) return std::unexpected(answer.error());
  return Tokens{.id_token = text_of(*answer, "id_token"),
                .access_token = text_of(*answer, "access_token")};
}

Result<void> Provider::verify(const Metadata& metadata, const Jwt& token) {
  const auto known = keys(metadata, token.key_id);
  if (!known) return std::unexpected(known.error());
  if ((*known)->verify(token.algorithm, token.key_id, token.signed_text, token.signature)) {
    return {};
  }
  return fail(Errc::unauthorized, "the provider's token is not signed by it");
}

/// The keys, asked for anew if that one is not among them.
Result<std::shared_ptr<const KeySet>> Provider::keys(const Metadata& metadata,
                                                     const std::string& key_id) {
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t age = steady_seconds() - keys_read_at_;
    const bool suits = keys_ && age < kKeysSeconds && keys_->has(key_id);
    if (suits || (keys_ && age < kLeastKeysSeconds)) return keys_;
  }
  const auto answer = outgoing::send(get(metadata.jwks_uri), {});
  if (!answer) return fail(Errc::unavailable, answer.error().context);
  auto read = KeySet::parse(answer->body);
  if (answer->status != 200 || !read) {
    return fail(Errc::unavailable, metadata.jwks_uri + " gives no keys");
  }
  const std::lock_guard lock(mutex_);
  keys_ = std::make_shared<const KeySet>(std::move(*read));
  keys_read_at_ = steady_seconds();
  return keys_;
}

/// Some providers say more about people when they are asked than in their tokens.
Result<Identity> Provider::ask_who(const Metadata& metadata, const Tokens& tokens,
                                   Identity known) const {
  if (!may_use(settings_, metadata.userinfo_endpoint) || tokens.access_token.empty()) return known;
  auto request = get(metadata.userinfo_endpoint);
  request.headers.push_back("authorization: Bearer " + tokens.access_token);
  const auto answer = ask(request);
  if (!answer) return std::unexpected(answer.error());
  auto said = identity_from(boost::json::serialize(*answer));
  if (said.subject != known.subject) {
    return fail(Errc::unauthorized, "the provider speaks of somebody else than its token");
  }
  return said;
}

}  // namespace coppice::app::oidc
