#include "app/accounts/key_ring.hpp"

#include <cstring>
#include <sodium.h>
#include <stdexcept>

#include "app/accounts/secret.hpp"
#include "net/encoding.hpp"

namespace coppice::app::accounts {
namespace {

constexpr char kContext[] = "coppice1";  // of the derivation, as long as libsodium wants it
static_assert(sizeof kContext - 1 == crypto_kdf_CONTEXTBYTES);
constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kTimeBytes = sizeof(std::int64_t);

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string time_bytes(std::int64_t time) {
  std::string bytes(kTimeBytes, '\0');
  std::memcpy(bytes.data(), &time, kTimeBytes);
  return bytes;
}

std::int64_t time_from(std::string_view bytes) {
  std::int64_t time = 0;
  std::memcpy(&time, bytes.data(), kTimeBytes);
  return time;
}

}  // namespace

KeyRing::KeyRing(const std::vector<std::string>& secrets) {
  require_sodium();
  static_assert(sizeof(Key) == crypto_kdf_KEYBYTES && sizeof(Key) == crypto_auth_KEYBYTES);
  static_assert(sizeof(Key) == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
  if (secrets.empty()) throw std::invalid_argument("a key ring needs a secret");
  for (const auto& secret : secrets) {
    Key& master = masters_.emplace_back();
    crypto_generichash(master.data(), master.size(), bytes_of(secret), secret.size(), nullptr, 0);
  }
}

KeyRing::Key KeyRing::derive(const Key& master, KeyPurpose purpose) {
  Key key;
  crypto_kdf_derive_from_key(key.data(), key.size(), static_cast<std::uint64_t>(purpose), kContext,
                             master.data());
  return key;
}

std::string KeyRing::seal(KeyPurpose purpose, std::string_view text,
                          std::int64_t expires_at) const {
  const Key key = derive(masters_.front(), purpose);
  const std::string plain = time_bytes(expires_at) + std::string(text);
  std::string sealed = random_bytes(kNonceBytes);
  sealed.resize(kNonceBytes + plain.size() + kTagBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(bytes_of(sealed) + kNonceBytes, nullptr,
                                             bytes_of(plain), plain.size(), nullptr, 0, nullptr,
                                             bytes_of(sealed), key.data());
  return base64url(sealed);
}

std::optional<std::string> KeyRing::open(KeyPurpose purpose, std::string_view sealed,
                                         std::int64_t now) const {
  const auto bytes = net::base64_decode(sealed);
  if (!bytes || bytes->size() < kNonceBytes + kTimeBytes + kTagBytes) return std::nullopt;
  std::string plain(bytes->size() - kNonceBytes - kTagBytes, '\0');
  for (const Key& master : masters_) {
    const Key key = derive(master, purpose);
    const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
        bytes_of(plain), nullptr, nullptr, bytes_of(std::string_view(*bytes)) + kNonceBytes,
        bytes->size() - kNonceBytes, nullptr, 0, bytes_of(std::string_view(*bytes)), key.data());
    if (refused != 0) continue;
    if (time_from(plain) <= now) return std::nullopt;
    return plain.substr(kTimeBytes);
  }
  return std::nullopt;
}

std::string KeyRing::sign_with(const Key& master, KeyPurpose purpose, std::string_view text) {
  const Key key = derive(master, purpose);
  std::string code(crypto_auth_BYTES, '\0');
  crypto_auth(bytes_of(code), bytes_of(text), text.size(), key.data());
  return base64url(code);
}

std::string KeyRing::sign(KeyPurpose purpose, std::string_view text) const {
  return sign_with(masters_.front(), purpose, text);
}

bool KeyRing::verify(KeyPurpose purpose, std::string_view text, std::string_view signature) const {
  for (const Key& master : masters_) {
    if (equal_in_constant_time(sign_with(master, purpose, text), signature)) return true;
  }
  return false;
}

}  // namespace coppice::app::accounts
