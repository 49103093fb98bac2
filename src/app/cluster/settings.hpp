#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace coppice::app::cluster {

/// Who the other nodes are, and how they are reached.
struct Settings {
  std::string dns_query{};              ///< A name whose addresses are the nodes'; empty for none.
  std::vector<std::string> nodes{};     ///< Nodes that are known: "10.0.0.5:6222", "a.internal".
  std::string nats_url{};               ///< Of a NATS that somebody else runs; empty to run one.
  std::string nats_server{};            ///< The program.
  std::string listen_address{};         ///< Where it listens for those of other nodes.
  std::uint16_t port = 0;               ///< The same, and of nodes whose address has none.
  std::string node_name{};              ///< Unique in the cluster.
  std::chrono::seconds node_timeout{};  ///< How long a node may be silent before it is down.

  /// Whether there are other nodes.
  [[nodiscard]] bool is_used() const noexcept {
    return !dns_query.empty() || !nodes.empty() || !nats_url.empty();
  }
  /// Whether this node has a NATS server of its own.
  [[nodiscard]] bool runs_nats() const noexcept { return is_used() && nats_url.empty(); }
};

}  // namespace coppice::app::cluster
