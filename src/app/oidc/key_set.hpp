#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

struct evp_pkey_st;

namespace coppice::app::oidc {

/// The public keys with which a provider signs (RFC 7517): those for RS256 and ES256; others are
/// passed over. Thread: any; it never changes.
class KeySet {
 public:
  KeySet() = default;

  /// Errors: malformed for what is no JWK set.
  [[nodiscard]] static actors::Result<KeySet> parse(std::string_view json);

  /// Whether there is a key of that id; of an empty id, whether there is any.
  [[nodiscard]] bool has(std::string_view id) const noexcept;

  /// Whether @p signature is one of @p text by a key of that id (any key, if it is empty) and that
  /// algorithm: "RS256" or "ES256". No other algorithm is ever right.
  [[nodiscard]] bool verify(std::string_view algorithm, std::string_view id, std::string_view text,
                            std::string_view signature) const;

  [[nodiscard]] std::size_t size() const noexcept { return keys_.size(); }

 private:
  struct Key {
    std::string id;
    std::string algorithm;
    std::shared_ptr<evp_pkey_st> key;
  };

  std::vector<Key> keys_;
};

}  // namespace coppice::app::oidc
