#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace coppice::app::accounts {

/// What a key is for. What was made for one purpose is worth nothing for another.
enum class KeyPurpose : std::uint8_t {
  session_cookie = 1,
  csrf_token = 2,
  sign_in_state = 3,  ///< What a browser carries to an OpenID Connect provider and back.
  socket_token = 4,
};

/// The keys that derive from SECRET_KEY_BASE, one for each purpose, and from the one before it, for
/// the time in which both are accepted. What is made is made with the newest.
///
/// Thread: any; it never changes.
class KeyRing {
 public:
  /// @param secrets  The newest first; at least one.
  explicit KeyRing(const std::vector<std::string>& secrets);

  /// Encrypts and authenticates @p text (XChaCha20-Poly1305), to be opened until @p expires_at, in
  /// seconds since 1970. Fit for a cookie.
  [[nodiscard]] std::string seal(KeyPurpose purpose, std::string_view text,
                                 std::int64_t expires_at) const;

  /// What was sealed; nothing if it was not by us, has been changed, or has expired at @p now.
  [[nodiscard]] std::optional<std::string> open(KeyPurpose purpose, std::string_view sealed,
                                                std::int64_t now) const;

  /// A code that only we can make of @p text.
  [[nodiscard]] std::string sign(KeyPurpose purpose, std::string_view text) const;
  /// Whether it is, in constant time.
  [[nodiscard]] bool verify(KeyPurpose purpose, std::string_view text,
                            std::string_view signature) const;

 private:
  using Key = std::array<unsigned char, 32>;
  [[nodiscard]] static Key derive(const Key& master, KeyPurpose purpose);
  [[nodiscard]] static std::string sign_with(const Key& master, KeyPurpose purpose,
                                             std::string_view text);
  std::vector<Key> masters_;  ///< The newest first.
};

}  // namespace coppice::app::accounts
