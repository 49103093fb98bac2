#include "app/accounts/password_hash.hpp"

#include <array>
#include <cerrno>
#include <sodium.h>

#include <fmt/format.h>

#include "app/accounts/secret.hpp"

namespace coppice::app::accounts {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::size_t kTagBytes = 32;
using HashText = std::array<char, crypto_pwhash_STRBYTES>;

std::unexpected<actors::Error> no_memory() {
  return fail(Errc::overloaded, "there is no memory to hash a password");
}

std::string base64(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                    bytes.size(), kVariant);
  out.pop_back();  // the final zero
  return out;
}

bool is_hash(const std::string& text) {
  return text.starts_with(crypto_pwhash_argon2id_STRPREFIX) && text.size() < crypto_pwhash_STRBYTES;
}

}  // namespace

std::string decoy_hash(HashCost cost) {
  return fmt::format("{}v=19$m={},t={},p=1${}${}", crypto_pwhash_argon2id_STRPREFIX,
                     cost.memory_bytes >> 10U, cost.passes,
                     base64(random_bytes(crypto_pwhash_argon2id_SALTBYTES)),
                     base64(random_bytes(kTagBytes)));
}

PasswordHasher::PasswordHasher(HashCost cost) : cost_(cost), decoy_(decoy_hash(cost)) {}

Result<std::string> PasswordHasher::hash(std::string_view password) const {
  require_sodium();
  HashText text;
  const int failed =
      crypto_pwhash_str_alg(text.data(), password.data(), password.size(), cost_.passes,
                            cost_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13);
  if (failed != 0) return no_memory();
  return std::string(text.data());
}

Result<Verdict> PasswordHasher::verify(std::string_view hash, std::string_view password) const {
  const std::string known(hash);
  const bool is_real = is_hash(known);
  const std::string& text = is_real ? known : decoy_;
  errno = 0;
  const bool matches =
      crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
  if (!matches && errno == ENOMEM) return no_memory();
  if (!is_real || !matches) return Verdict{};
  const int differs =
      crypto_pwhash_str_needs_rehash(text.c_str(), cost_.passes, cost_.memory_bytes);
  return Verdict{.matches = true, .is_stale = differs != 0};
}

}  // namespace coppice::app::accounts
