#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/account_config.hpp"
#include "app/backup/backups.hpp"
#include "app/backup/schedule.hpp"
#include "app/cluster/settings.hpp"
#include "app/http/access_log_options.hpp"
#include "app/litefs/settings.hpp"
#include "app/rooms/history/message_commands.hpp"
#include "app/sentry/dsn.hpp"
#include "app/tracing/settings.hpp"
#include "net/address_range.hpp"
#include "net/http/limits.hpp"
#include "net/tls/certificates.hpp"

namespace coppice::app {

enum class Environment : std::uint8_t { development, production };

struct BackupConfig {
  backup::BackupsOptions backups{};            ///< An empty folder: there are no backups.
  std::optional<backup::Schedule> schedule{};  ///< Nothing: they are made by hand only.
};

/// What the HTTP endpoint takes, and from whom.
struct HttpConfig {
  std::vector<net::AddressRange> trusted_proxies{};
  std::string client_address_header = "x-forwarded-for";
  bool force_ssl = false;
  std::uint32_t rate_limit = 0;  ///< Requests a second and address; 0 for no limit.
  std::uint32_t rate_limit_burst = 0;
  std::uint32_t max_connections = 10'000;
  std::uint32_t max_connections_per_address = 2'500;  ///< 0 for no limit.
  /// From the signal to end, when health checks begin to fail, until the listeners are closed.
  std::chrono::seconds drain_delay{0};
  net::http::Limits limits{};
  net::http::Timeouts timeouts{};
  http::AccessLogOptions access_log{};
  /// Nothing: the server speaks plain HTTP.
  std::optional<net::tls::Files> tls{};
  bool websocket_compression = false;  ///< Whether sockets that offer it are compressed.
  std::string metrics_token{};         ///< Who has it may read /metrics; empty: nobody.
};

/// What a server is told from outside. Every field comes from one environment variable; see
/// config_variables() for their names, meanings and defaults.
struct Config {
  Environment environment = Environment::development;
  std::uint16_t port = 4000;  ///< 0 picks a free one
  std::string listen_address = "::";
  std::string database_path;
  std::uint32_t pool_size = 5;
  bool synchronous_full = true;           ///< whether a write survives power loss once acknowledged
  std::uint32_t free_space_reserve = 64;  ///< MiB beside the database; 0 for none
  std::string secret_key_base;
  std::vector<std::string> previous_secrets;  ///< Still accepted; the newest first.
  std::string host;                           ///< PHX_HOST; empty if not given
  /// Patterns that can be parsed; never none of them. Nothing for "*", which is any origin.
  std::optional<std::vector<std::string>> cors_origins;
  std::string admin_socket;
  std::string crash_path;  ///< where fatal signals leave their reports
  /// Nothing: crashes are reported to nobody.
  std::optional<sentry::Dsn> sentry_dsn{};
  std::string sentry_environment;
  std::string posts_url = "/api/posts/";  ///< what a slug is put behind, for who reads posts
  std::string content_path;               ///< empty: nothing is imported
  bool allow_newer_schema = false;
  std::uint32_t shards = 0;           ///< 0 for one per core
  std::chrono::microseconds spin{0};  ///< see actors::RuntimeOptions
  std::string log_level = "info";
  bool log_json = false;
  std::string region;
  std::string version;
  /// Nothing: rooms have no history.
  std::optional<rooms::HistoryBounds> room_history{};
  BackupConfig backup;
  AccountConfig accounts;
  HttpConfig http;
  tracing::Settings tracing{};
  litefs::Settings litefs{};
  cluster::Settings cluster{};
};

/// Every variable that does something.
[[nodiscard]] const std::vector<Variable>& config_variables();

/// Looks a variable up; nothing if it is not set.
using Lookup = std::function<std::optional<std::string>(std::string_view)>;

/// Reads the configuration.
///
/// Errors: invalid_argument; the context has one line for each problem, which names the variable,
/// what it said, and what is accepted.
[[nodiscard]] actors::Result<Config> read_config(const Lookup& lookup);

/// Reads the process's environment. Thread: while nobody changes it.
[[nodiscard]] std::optional<std::string> lookup_environment(std::string_view name);

/// Where the operators' socket is: ADMIN_SOCKET, or else default_admin_socket(). The same for the
/// server and for the command line, which needs nothing else.
/// @param database  The database's file if a command was told one; empty: DATABASE_PATH.
[[nodiscard]] std::string admin_socket_path(const Lookup& lookup, const std::string& database = {});

/// The most bytes that the system takes for the path of a Unix socket.
inline constexpr std::size_t kLongestSocketPath = 107;

/// Where the database is, for the command line; empty in production if nobody said.
[[nodiscard]] std::string database_path(const Lookup& lookup);

/// Whether a database that a later release has migrated may be used, for the command line.
[[nodiscard]] bool allows_newer_schema(const Lookup& lookup);

/// Backups, for the command line. Errors: those of read_config(), for these variables only.
[[nodiscard]] actors::Result<BackupConfig> backup_config(const Lookup& lookup);

}  // namespace coppice::app
