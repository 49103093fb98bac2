#pragma once

#include <array>
#include <memory>
#include <string>

#include <openssl/types.h>

namespace coppice::net::tls {

/// A key that several servers have in common, with which each proves to the others that it is one
/// of them, and they to it. Both sides of a connection show the same certificate, made here and
/// signed by nobody else, and take no other key for it: whoever has the key is let in.
///
/// Ed25519 (RFC 8032), TLS 1.3.
///
/// Thread: any; it never changes.
class SharedKey {
 public:
  using Seed = std::array<unsigned char, 32>;

  /// The same seed gives the same key. Throws std::runtime_error should OpenSSL be without it.
  explicit SharedKey(const Seed& seed);

  /// What a client shows and proves itself with, in PEM form.
  [[nodiscard]] const std::string& certificate() const noexcept { return certificate_; }
  [[nodiscard]] const std::string& key() const noexcept { return key_; }
  /// The only key that a client is to take, in the form in which HTTP clients have it pinned:
  /// "sha256//" and the digest of the public key in base64.
  [[nodiscard]] const std::string& pin() const noexcept { return pin_; }

  /// What a server speaks TLS with to clients that have the key, and to nobody else.
  [[nodiscard]] std::shared_ptr<SSL_CTX> server_context() const;

 private:
  std::shared_ptr<EVP_PKEY> pair_;
  std::shared_ptr<X509> shown_;
  std::string certificate_;
  std::string key_;
  std::string pin_;
};

}  // namespace coppice::net::tls
