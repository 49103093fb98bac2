#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/nodes/cluster_key.hpp"

namespace coppice::app::cluster {

/// Encrypts what nodes say to each other, so that only nodes with the same SECRET_KEY_BASE can read
/// it, or make it, whoever carries it.
///
/// A sealed text is a nonce of 24 random bytes, the ciphertext, and a tag of 16. It is worth
/// something on the one subject it was sealed for.
///
/// Source: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03). Thread: any.
class Seal {
 public:
  explicit Seal(std::string_view secret);

  [[nodiscard]] std::string seal(std::string_view subject, std::string_view text) const;

  /// What was sealed; nothing if that was done with another key or for another subject, or if it
  /// has been changed.
  [[nodiscard]] std::optional<std::string> open(std::string_view subject,
                                                std::string_view sealed) const;

  /// A password that only these nodes know, for their NATS servers.
  [[nodiscard]] const std::string& password() const noexcept { return password_; }

  /// What this cluster is called where others may be as well. No secret.
  [[nodiscard]] const std::string& cluster_name() const noexcept { return cluster_name_; }

 private:
  const nodes::ClusterKey key_;
  const std::string password_;
  const std::string cluster_name_;
};

}  // namespace coppice::app::cluster
