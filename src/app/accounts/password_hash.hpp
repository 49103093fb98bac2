#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::accounts {

/// What one hash costs. The defaults are OWASP's for Argon2id: some 25 ms, and memory that a
/// machine of 512 MB can spare.
struct HashCost {
  std::uint64_t passes = 2;
  std::size_t memory_bytes = std::size_t{19} << 20U;
};

/// What a password came to.
struct Verdict {
  bool matches = false;
  bool is_stale = false;  ///< It matches, but is to be hashed anew: the cost has changed.
};

/// A hash that no password has, and that takes as long to find out as one of that cost does. Its
/// tag is random, so nothing is computed: a server makes one for each thread when it starts.
[[nodiscard]] std::string decoy_hash(HashCost cost);

/// Hashes passwords with libsodium's Argon2id; the result says with which cost and salt.
///
/// Thread: any that may be kept busy for HashCost's time.
class PasswordHasher {
 public:
  explicit PasswordHasher(HashCost cost = {});

  /// Errors: overloaded when there isn't memory enough for it at the moment.
  [[nodiscard]] actors::Result<std::string> hash(std::string_view password) const;

  /// Compares in constant time. A @p hash that is none, or empty, matches nothing, and takes as
  /// long as one that does: so nobody learns whether there is an account.
  /// Errors: as of hash().
  [[nodiscard]] actors::Result<Verdict> verify(std::string_view hash,
                                               std::string_view password) const;

 private:
  HashCost cost_;
  std::string decoy_;
};

}  // namespace coppice::app::accounts
