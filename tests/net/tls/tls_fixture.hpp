#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unistd.h>
#include <utility>

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "net/tls/certificates.hpp"

namespace coppice::net::tls::testing {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using File = std::unique_ptr<FILE, FreeWith<std::fclose>>;

inline Key make_key() { return Key(EVP_EC_gen("P-256")); }

/// Vouched for by itself, for a year.
inline Certificate make_certificate(EVP_PKEY* key, const std::string& name) {
  Certificate made(X509_new());
  ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(made.get()), 365L * 24 * 60 * 60);
  X509_set_pubkey(made.get(), key);
  X509_NAME* const subject = X509_get_subject_name(made.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()),
                             static_cast<int>(name.size()), -1, 0);
  X509_set_issuer_name(made.get(), subject);
  if (X509_sign(made.get(), key, EVP_sha256()) == 0) throw std::runtime_error("not signed");
  return made;
}

/// A folder with a certificate and its key.
class PairFolder {
 public:
  PairFolder() {
    std::string pattern = std::filesystem::temp_directory_path() / "coppice_tls_XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
    renew("first");
  }
  PairFolder(const PairFolder&) = delete;
  PairFolder& operator=(const PairFolder&) = delete;
  ~PairFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] Files files() const { return {path_ / "certificate.pem", path_ / "key.pem"}; }

  /// Writes another certificate with another key.
  void renew(const std::string& name) const {
    const auto key = make_key();
    write_key(key.get());
    const auto certificate = make_certificate(key.get(), name);
    const File file(std::fopen(files().certificate.c_str(), "w"));
    PEM_write_X509(file.get(), certificate.get());
  }

  /// @param password  None for a key that isn't encrypted.
  void write_key(EVP_PKEY* key, const char* password = nullptr) const {
    const File file(std::fopen(files().key.c_str(), "w"));
    PEM_write_PKCS8PrivateKey(file.get(), key, password == nullptr ? nullptr : EVP_aes_128_cbc(),
                              password, password == nullptr ? 0 : 6, nullptr, nullptr);
  }

  void write(const std::filesystem::path& file, std::string_view text) const {
    std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  }

 private:
  std::filesystem::path path_;
};

}  // namespace coppice::net::tls::testing
