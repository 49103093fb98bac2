#include "app/cluster/seal.hpp"

#include <sodium.h>

#include "app/accounts/secret.hpp"

namespace coppice::app::cluster {
namespace {

constexpr std::size_t kNonceBytes = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTagBytes = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kNameBytes = 6;

// NOLINTBEGIN(*reinterpret-cast)
const unsigned char* read_from(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* write_to(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }
// NOLINTEND(*reinterpret-cast)

std::string text_of(std::string_view secret, std::string_view purpose, std::size_t bytes) {
  const auto key = nodes::derive_cluster_key(secret, purpose);
  std::string text(key.begin(), key.begin() + static_cast<std::ptrdiff_t>(bytes));
  return accounts::base64url(text);
}

}  // namespace

Seal::Seal(std::string_view secret)
    : key_(nodes::derive_cluster_key(secret, "coppice messages 1")),
      password_(text_of(secret, "coppice routes 1", key_.size())),
      cluster_name_("coppice-" + text_of(secret, "coppice cluster 1", kNameBytes)) {
  static_assert(sizeof key_ == crypto_aead_xchacha20poly1305_ietf_KEYBYTES);
}

std::string Seal::seal(std::string_view subject, std::string_view text) const {
  std::string sealed(kNonceBytes + text.size() + kTagBytes, '\0');
  randombytes_buf(sealed.data(), kNonceBytes);
  crypto_aead_xchacha20poly1305_ietf_encrypt(
      write_to(sealed) + kNonceBytes, nullptr, read_from(text), text.size(), read_from(subject),
      subject.size(), nullptr, read_from(sealed), key_.data());
  return sealed;
}

std::optional<std::string> Seal::open(std::string_view subject, std::string_view sealed) const {
  if (sealed.size() < kNonceBytes + kTagBytes) return std::nullopt;
  std::string text(sealed.size() - kNonceBytes - kTagBytes, '\0');
  const int refused = crypto_aead_xchacha20poly1305_ietf_decrypt(
      write_to(text), nullptr, nullptr, read_from(sealed.substr(kNonceBytes)),
      sealed.size() - kNonceBytes, read_from(subject), subject.size(), read_from(sealed),
      key_.data());
  if (refused != 0) return std::nullopt;
  return text;
}

}  // namespace coppice::app::cluster
