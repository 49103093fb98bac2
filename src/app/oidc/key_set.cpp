#include "app/oidc/key_set.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "app/oidc/json_text.hpp"
#include "net/encoding.hpp"

namespace coppice::app::oidc {
namespace {

using actors::Errc;
using actors::fail;

constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kCoordinateBytes = 32;  // of P-256

struct FreeOpenssl {
  void operator()(BIGNUM* number) const noexcept { BN_free(number); }
  void operator()(OSSL_PARAM_BLD* builder) const noexcept { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const noexcept { OSSL_PARAM_free(params); }
  void operator()(EVP_PKEY_CTX* context) const noexcept { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(ECDSA_SIG* signature) const noexcept { ECDSA_SIG_free(signature); }
};
template <class T>
using Owned = std::unique_ptr<T, FreeOpenssl>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Owned<BIGNUM> number_from(std::string_view bytes) {
  return Owned<BIGNUM>(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

/// A key out of what @p push puts into the builder.
template <class Push>
Owned<EVP_PKEY> make_key(const char* type, Push push) {
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  if (!builder || !push(builder.get())) return nullptr;
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1) return nullptr;
  EVP_PKEY* key = nullptr;
  EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get());
  return Owned<EVP_PKEY>(key);
}

Owned<EVP_PKEY> rsa_key(const boost::json::object& jwk) {
  const auto modulus = net::base64_decode(text_of(jwk, "n"));
  const auto exponent = net::base64_decode(text_of(jwk, "e"));
  if (!modulus || !exponent || modulus->empty() || exponent->empty()) return nullptr;
  const auto n = number_from(*modulus);
  const auto e = number_from(*exponent);
  auto key = make_key("RSA", [&](OSSL_PARAM_BLD* builder) {
    return OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n.get()) == 1 &&
           OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e.get()) == 1;
  });
  if (key && EVP_PKEY_get_bits(key.get()) < kLeastRsaBits) return nullptr;
  return key;
}

Owned<EVP_PKEY> ec_key(const boost::json::object& jwk) {
  const auto x = net::base64_decode(text_of(jwk, "x"));
  const auto y = net::base64_decode(text_of(jwk, "y"));
  if (text_of(jwk, "crv") != "P-256" || !x || !y) return nullptr;
  if (x->size() != kCoordinateBytes || y->size() != kCoordinateBytes) return nullptr;
  const std::string point = "\x04" + *x + *y;
  return make_key("EC", [&](OSSL_PARAM_BLD* builder) {
    return OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) ==
               1 &&
           OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                            point.size()) == 1;
  });
}

/// The two numbers of a JWS signature (RFC 7518, 3.4) as OpenSSL wants them.
std::optional<std::string> der_signature(std::string_view raw) {
  if (raw.size() != 2 * kCoordinateBytes) return std::nullopt;
  const Owned<ECDSA_SIG> signature(ECDSA_SIG_new());
  auto r = number_from(raw.substr(0, kCoordinateBytes));
  auto s = number_from(raw.substr(kCoordinateBytes));
  if (!signature || !r || !s) return std::nullopt;
  if (ECDSA_SIG_set0(signature.get(), r.get(), s.get()) != 1) return std::nullopt;
  std::ignore = r.release();  // the signature's now
  std::ignore = s.release();
  unsigned char* bytes = nullptr;
  const int size = i2d_ECDSA_SIG(signature.get(), &bytes);
  if (size <= 0) return std::nullopt;
  std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

bool is_signed_by(EVP_PKEY* key, std::string_view text, std::string_view signature) {
  const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
  if (!context) return false;
  if (EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1) return false;
  return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

bool is_for_signatures(const boost::json::object& jwk, std::string_view algorithm) {
  const auto use = text_of(jwk, "use");
  const auto given = text_of(jwk, "alg");
  return (use.empty() || use == "sig") && (given.empty() || given == algorithm);
}

}  // namespace

actors::Result<KeySet> KeySet::parse(std::string_view json) {
  boost::system::error_code error;
  const auto document = boost::json::parse(json, error);
  const auto* keys =
      !error && document.is_object() ? document.as_object().if_contains("keys") : nullptr;
  if (keys == nullptr || !keys->is_array()) return fail(Errc::malformed, "no JWK set");
  KeySet set;
  for (const auto& entry : keys->as_array()) {
    if (!entry.is_object()) return fail(Errc::malformed, "a JWK set with something else in it");
    const auto& jwk = entry.as_object();
    const bool is_rsa = text_of(jwk, "kty") == "RSA";
    const bool is_ec = text_of(jwk, "kty") == "EC";
    const std::string algorithm = is_rsa ? "RS256" : "ES256";
    if ((!is_rsa && !is_ec) || !is_for_signatures(jwk, algorithm)) continue;
    if (auto key = is_rsa ? rsa_key(jwk) : ec_key(jwk)) {
      set.keys_.push_back({text_of(jwk, "kid"), algorithm, std::move(key)});
    }
  }
  return set;
}

bool KeySet::has(std::string_view id) const noexcept {
  return std::ranges::any_of(keys_, [&](const Key& key) { return id.empty() || key.id == id; });
}

bool KeySet::verify(std::string_view algorithm, std::string_view id, std::string_view text,
                    std::string_view signature) const {
  std::optional<std::string> der;
  if (algorithm == "ES256") {
    der = der_signature(signature);
    if (!der) return false;
    signature = *der;
  }
  return std::ranges::any_of(keys_, [&](const Key& key) {
    return key.algorithm == algorithm && (id.empty() || key.id == id) &&
           is_signed_by(key.key.get(), text, signature);
  });
}

}  // namespace coppice::app::oidc
