#pragma once

#include <array>
#include <string>
#include <string_view>

namespace coppice::app::nodes {

using ClusterKey = std::array<unsigned char, 32>;

/// The key that all nodes of a cluster derive from their SECRET_KEY_BASE for one purpose, and
/// nobody else can.
///
/// Source: BLAKE2b, keyed with the secret's BLAKE2b, of the purpose. Thread: any.
[[nodiscard]] ClusterKey derive_cluster_key(std::string_view secret, std::string_view purpose);

}  // namespace coppice::app::nodes
