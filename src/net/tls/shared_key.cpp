#include "net/tls/shared_key.hpp"

#include <stdexcept>
#include <string_view>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/encoding.hpp"
#include "net/tls/context.hpp"

namespace coppice::net::tls {
namespace {

constexpr const char* kBegin = "20200101000000Z";
constexpr const char* kNever = "99991231235959Z";  // RFC 5280 §4.1.2.5
constexpr std::string_view kName = "coppice node";

void demand(bool done) {
  if (!done) throw std::runtime_error("OpenSSL can make no certificate for the nodes' key");
}

std::shared_ptr<X509> make_certificate(EVP_PKEY* pair) {
  std::shared_ptr<X509> made(X509_new(), &X509_free);
  demand(made != nullptr);
  demand(X509_set_version(made.get(), X509_VERSION_3) == 1);
  demand(ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1) == 1);
  demand(ASN1_TIME_set_string_X509(X509_getm_notBefore(made.get()), kBegin) == 1);
  demand(ASN1_TIME_set_string_X509(X509_getm_notAfter(made.get()), kNever) == 1);
  X509_NAME* name = X509_get_subject_name(made.get());
  demand(X509_NAME_add_entry_by_txt(
             name, "CN", MBSTRING_ASC,
             reinterpret_cast<const unsigned char*>(kName.data()),  // NOLINT(*reinterpret-cast)
             static_cast<int>(kName.size()), -1, 0) == 1);
  demand(X509_set_issuer_name(made.get(), name) == 1);
  demand(X509_set_pubkey(made.get(), pair) == 1);
  demand(X509_sign(made.get(), pair, nullptr) > 0);
  return made;
}

template <class Write>
std::string pem(Write write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), &BIO_free);
  demand(out && write(out.get()) == 1);
  char* bytes = nullptr;
  const auto size = BIO_get_mem_data(out.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

std::string pin_of(const X509* certificate) {
  unsigned char* encoded = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &encoded);
  demand(size > 0);
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(encoded, static_cast<std::size_t>(size),
         reinterpret_cast<unsigned char*>(digest.data()));  // NOLINT(*reinterpret-cast)
  OPENSSL_free(encoded);
  return "sha256//" + base64_encode(digest);
}

/// Whether the other side's certificate has our key; who signed it is of no interest. That it has
/// the private half as well TLS sees to.
int has_our_key(X509_STORE_CTX* shown, void* pair) {
  const X509* certificate = X509_STORE_CTX_get0_cert(shown);
  const EVP_PKEY* theirs = certificate == nullptr ? nullptr : X509_get0_pubkey(certificate);
  const bool ours =
      theirs != nullptr && EVP_PKEY_eq(theirs, static_cast<const EVP_PKEY*>(pair)) == 1;
  X509_STORE_CTX_set_error(shown, ours ? X509_V_OK : X509_V_ERR_CERT_UNTRUSTED);
  return ours ? 1 : 0;
}

}  // namespace

SharedKey::SharedKey(const Seed& seed)
    : pair_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()),
            &EVP_PKEY_free) {
  demand(pair_ != nullptr);
  shown_ = make_certificate(pair_.get());
  certificate_ = pem([this](BIO* out) { return PEM_write_bio_X509(out, shown_.get()); });
  key_ = pem([this](BIO* out) {
    return PEM_write_bio_PrivateKey(out, pair_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  pin_ = pin_of(shown_.get());
}

std::shared_ptr<SSL_CTX> SharedKey::server_context() const {
  auto context = make_bare_context();
  demand(SSL_CTX_set_min_proto_version(context.get(), TLS1_3_VERSION) == 1);
  demand(SSL_CTX_use_certificate(context.get(), shown_.get()) == 1);
  demand(SSL_CTX_use_PrivateKey(context.get(), pair_.get()) == 1);
  SSL_CTX_set_num_tickets(context.get(), 0);  // each connection proves itself
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // The context has a reference to the pair of its own.
  SSL_CTX_set_cert_verify_callback(context.get(), &has_our_key, pair_.get());
  return context;
}

}  // namespace coppice::net::tls
