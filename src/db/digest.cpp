#include "db/digest.hpp"

#include <stdexcept>

#include <openssl/evp.h>

namespace coppice::db {

Sha256 sha256(std::string_view bytes) {
  Sha256 digest{};
  const int done =
      EVP_Digest(bytes.data(), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()),
                 nullptr, EVP_sha256(), nullptr);
  if (done != 1) throw std::runtime_error("OpenSSL has no SHA-256");
  return digest;
}

}  // namespace coppice::db
