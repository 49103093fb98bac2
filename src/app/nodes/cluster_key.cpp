#include "app/nodes/cluster_key.hpp"

#include <sodium.h>

#include "app/accounts/secret.hpp"

namespace coppice::app::nodes {

ClusterKey derive_cluster_key(std::string_view secret, std::string_view purpose) {
  accounts::require_sodium();
  const auto bytes = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT(*reinterpret-cast)
  };
  ClusterKey master{};
  crypto_generichash(master.data(), master.size(), bytes(secret), secret.size(), nullptr, 0);
  ClusterKey key{};
  crypto_generichash(key.data(), key.size(), bytes(purpose), purpose.size(), master.data(),
                     master.size());
  return key;
}

}  // namespace coppice::app::nodes
