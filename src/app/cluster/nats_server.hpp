#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/cluster/nats_wire.hpp"
#include "app/cluster/seal.hpp"
#include "app/cluster/settings.hpp"
#include "db/backup/scratch_folder.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::app::cluster {

/// What a nats-server is told. Clients come from this machine, with a token; other servers with the
/// cluster's password.
struct NatsConfig {
  std::filesystem::path folder;  ///< Where it says which port it has taken.
  std::string token;
  std::string listen_address;
  std::uint16_t port = 0;
  std::string cluster;
  std::string password;
  std::vector<std::string> nodes{};  ///< "10.0.0.5", "[fdaa::3]:6222"; its own may be among them.
};

/// As nats-server reads it.
[[nodiscard]] std::string to_text(const NatsConfig& config);

/// A line of nats-server's log without what ours says itself.
struct NatsLine {
  char level = 'I';  ///< The first letter of INF, WRN, ERR, FTL, DBG, TRC.
  std::string_view text;
};
[[nodiscard]] NatsLine parse_nats_line(std::string_view line);

/// A line without the passwords of addresses: "nats://[…]@10.0.0.5:6222".
[[nodiscard]] std::string without_passwords(std::string_view line);

/// This node's own NATS server: its private folder, with its configuration and what it says of
/// itself, and how it is started and reached.
///
/// Thread: any.
class NatsServer {
 public:
  NatsServer(const Settings& settings, const Seal& seal);
  NatsServer(const NatsServer&) = delete;
  NatsServer& operator=(const NatsServer&) = delete;
  ~NatsServer() = default;

  /// Writes the configuration; it counts from the next start or SIGHUP on.
  /// Errors: that of the disk.
  [[nodiscard]] actors::Result<void> write(std::vector<std::string> nodes);

  /// Private, and gone with this; or with the next one's start, if the process was killed.
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return config_.folder; }

  /// The nodes that were written last.
  [[nodiscard]] std::vector<std::string> nodes() const;

  /// Where it is. Errors: unavailable before it has said so.
  [[nodiscard]] actors::Result<NatsAddress> address() const;

  /// The child `nats` of the tree.
  [[nodiscard]] static supervisor::ChildSpec child(const std::shared_ptr<NatsServer>& server);

 private:
  [[nodiscard]] std::filesystem::path config_path() const { return config_.folder / "nats.conf"; }

  const std::string program_;
  const db::ScratchFolder scratch_;
  mutable std::mutex mutex_;
  NatsConfig config_;  // Guarded by the mutex.
};

}  // namespace coppice::app::cluster
