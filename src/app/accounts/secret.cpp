#include "app/accounts/secret.hpp"

#include <sodium.h>
#include <stdexcept>

#include "db/digest.hpp"
#include "net/encoding.hpp"

namespace coppice::app::accounts {

namespace {
constexpr std::size_t kSecretBytes = 32;
}

void require_sodium() {
  static const bool kReady = sodium_init() >= 0;
  if (!kReady) throw std::runtime_error("libsodium can't be initialised");
}

std::string random_bytes(std::size_t count) {
  require_sodium();
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

std::string base64url(std::string_view bytes) {
  std::string text = net::base64_encode(bytes);
  text.resize(text.find_last_not_of('=') + 1);
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::string new_secret() { return base64url(random_bytes(kSecretBytes)); }

std::string secret_hash(std::string_view secret) { return db::sha256_of(secret); }

bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace coppice::app::accounts
