#include "app/cluster_config.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

namespace coppice::app {
namespace {

constexpr std::string_view kQuery = "DNS_CLUSTER_QUERY";
constexpr std::string_view kNodes = "CLUSTER_NODES";
constexpr std::string_view kNats = "NATS_URL";
constexpr std::string_view kServer = "NATS_SERVER";
constexpr std::string_view kPort = "CLUSTER_PORT";
constexpr std::string_view kAddress = "CLUSTER_LISTEN_ADDRESS";
constexpr std::string_view kName = "NODE_NAME";
constexpr std::string_view kTimeout = "CLUSTER_NODE_TIMEOUT";

constexpr std::uint32_t kDefaultPort = 6222;
constexpr std::uint32_t kDefaultTimeout = 30;
constexpr std::size_t kLongestName = 64;

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "node";
}

/// Fit for NATS's configuration, where these stand in quotes.
bool is_plain(std::string_view text) {
  const auto fits = [](char c) { return c > ' ' && c <= '~' && c != '"' && c != '\\' && c != '@'; };
  return !text.empty() && std::ranges::all_of(text, fits);
}

std::string read_name(ConfigReader& reader) {
  auto name = reader.text(kName, reader.text("FLY_MACHINE_ID", host_name()));
  if (name.size() <= kLongestName && is_plain(name)) return name;
  reader.reject(kName, name, "at most 64 printable characters, no space, \", \\ or @");
  return {};
}

std::vector<std::string> read_nodes(ConfigReader& reader) {
  auto nodes = ConfigReader::split_list(reader.text(kNodes, ""));
  for (const auto& node : nodes) {
    if (is_plain(node)) continue;
    reader.reject(kNodes, node, "addresses such as 10.0.0.5, a.internal:6222 or [fdaa::3]:6222");
    return {};
  }
  return nodes;
}

std::string read_nats_url(ConfigReader& reader) {
  auto url = reader.text(kNats, "");
  const bool has_scheme = url.starts_with("nats://") || url.starts_with("tls://");
  if (url.empty() || (has_scheme && !url.contains(','))) return url;
  // It may have a password in it.
  reader.reject(kNats, url.contains('@') ? "[…]" + url.substr(url.rfind('@')) : url,
                "the address of one NATS server, such as nats://nats.internal:4222");
  return {};
}

std::string read_address(ConfigReader& reader) {
  auto address = reader.text(kAddress, "::");
  boost::system::error_code error;
  boost::asio::ip::make_address(address, error);
  if (error) reader.reject(kAddress, address, "a numeric IP address of the private network, or ::");
  return address;
}

}  // namespace

cluster::Settings read_cluster_config(ConfigReader& reader) {
  const auto port = reader.number(kPort, kDefaultPort, 1, 65535);
  cluster::Settings settings{
      .dns_query = reader.text(kQuery, ""),
      .nodes = read_nodes(reader),
      .nats_url = read_nats_url(reader),
      .nats_server = reader.text(kServer, "nats-server"),
      .listen_address = read_address(reader),
      .port = static_cast<std::uint16_t>(port),
      .node_name = read_name(reader),
      .node_timeout = std::chrono::seconds(reader.number(kTimeout, kDefaultTimeout, 2, 3600))};
  if (settings.is_used() && !reader.find("SECRET_KEY_BASE")) {
    reader.reject("SECRET_KEY_BASE", "",
                  "the same 64 random characters on all nodes, who trust whoever has them, since "
                  "there are other nodes");
  }
  return settings;
}

std::vector<Variable> cluster_variables() {
  return {
      {kQuery, "",
       "a name whose addresses are the nodes', such as my-app.internal: they share broadcasts and "
       "presence; see docs/cluster.md"},
      {kNodes, "",
       "nodes that are known, instead or besides: 10.0.0.5,a.internal:6222,[fdaa::3]:6222"},
      {kNats, "",
       "a NATS server that carries what nodes say to each other, such as "
       "nats://user:password@nats.internal:4222; without it each node runs its own"},
      {kServer, "nats-server", "the program that a node runs, if there is no NATS_URL"},
      {kPort, "6222", "where it listens for those of the other nodes"},
      {kAddress, "::", "the address to listen on for them: that of the private network"},
      {kName, "the host's name",
       "what this node is called, unlike any other; on Fly.io the machine's id"},
      {kTimeout, "30",
       "seconds of silence after which a node is down, and its presences are absent"},
  };
}

}  // namespace coppice::app
