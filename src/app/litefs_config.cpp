#include "app/litefs_config.hpp"

#include <cstdint>

#include <boost/asio/ip/address.hpp>

namespace coppice::app {
namespace {

constexpr std::string_view kUrl = "LITEFS_URL";
constexpr std::string_view kMount = "LITEFS_MOUNT";
constexpr std::string_view kNodeAddress = "NODE_LISTEN_ADDRESS";
constexpr std::string_view kNodePort = "NODE_PORT";
constexpr std::string_view kDurability = "WRITE_DURABILITY";
constexpr std::uint32_t kDefaultNodePort = 4001;

std::string read_url(ConfigReader& reader) {
  auto url = reader.text(kUrl, "");
  if (url.empty()) return url;
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    reader.reject(kUrl, url, "the address of LiteFS's API, such as http://localhost:20202");
    return {};
  }
  while (url.ends_with('/')) url.pop_back();
  return url;
}

}  // namespace

litefs::Settings read_litefs_config(ConfigReader& reader) {
  const auto port = reader.number(kNodePort, kDefaultNodePort, 1, 65535);
  litefs::Settings settings{.url = read_url(reader),
                            .mount = reader.text(kMount, ""),
                            .node_address = reader.text(kNodeAddress, "::"),
                            .node_port = static_cast<std::uint16_t>(port)};
  if (reader.choice(kDurability, "local", {"local", "remote"}) == "remote") {
    settings.durability = db::Durability::remote;
    if (!reader.find(kUrl)) {
      reader.reject(kDurability, "remote",
                    "local, since without a LITEFS_URL there is no other node");
    }
  }
  if (reader.find(kUrl) && !reader.find("SECRET_KEY_BASE")) {
    reader.reject("SECRET_KEY_BASE", "",
                  "the same 64 random characters on all nodes, who trust whoever has them, since "
                  "there is a LITEFS_URL");
  }
  boost::system::error_code error;
  boost::asio::ip::make_address(settings.node_address, error);
  if (error) {
    reader.reject(kNodeAddress, settings.node_address,
                  "a numeric IP address of the private network, or ::");
  }
  if (reader.find(kUrl) && settings.mount.empty()) {
    reader.reject(kMount, "", "LiteFS's fuse.dir, such as /litefs, since there is a LITEFS_URL");
  }
  if (!reader.find(kUrl) && !settings.mount.empty()) {
    reader.reject(kUrl, "",
                  "the address of LiteFS's API, such as http://localhost:20202, since there is a "
                  "LITEFS_MOUNT");
  }
  return settings;
}

std::vector<Variable> litefs_variables() {
  return {
      {kUrl, "",
       "LiteFS's API, such as http://localhost:20202, where the database is replicated by LiteFS; "
       "see docs/replication.md"},
      {kMount, "", "LiteFS's mount, such as /litefs; DATABASE_PATH is a file in it"},
      {kNodePort, "4001",
       "where other nodes send their writes, if LiteFS is used: what lease.hostname of litefs.yml "
       "names"},
      {kNodeAddress, "::", "the address to listen on for other nodes"},
      {kDurability, "local",
       "when a write is acknowledged: local, when it is on the primary's disk; remote, when "
       "another "
       "node has it as well. The same on all nodes"},
  };
}

}  // namespace coppice::app
