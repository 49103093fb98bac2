#include "app/config.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>

#include "app/admin_socket.hpp"
#include "app/cluster_config.hpp"
#include "app/config_reader.hpp"
#include "app/http_config.hpp"
#include "app/litefs_config.hpp"
#include "app/paths.hpp"
#include "app/sentry_config.hpp"
#include "app/tracing_config.hpp"
#include "app/version.hpp"
#include "net/channels/origin.hpp"

namespace coppice::app {
namespace {

constexpr std::uint32_t kMaxPool = 64;  // as the pool itself says
constexpr std::uint32_t kMaxShards = 1024;
constexpr std::uint32_t kLongestSpin = 1000;
constexpr std::string_view kAllowNewerSchema = "COPPICE_ALLOW_NEWER_SCHEMA";
constexpr std::uint32_t kMostReserve = 1U << 30U;
constexpr std::string_view kDevelopmentDatabase = "data/coppice.db";
constexpr std::string_view kDevelopmentSecret =
    "development-only-secret-key-base-development-only-secret-key-base";
constexpr std::string_view kNightly = "0 3 * * *";
constexpr std::uint32_t kMostBackups = 10000;
constexpr std::uint32_t kMostBackupDays = 36500;
constexpr std::uint32_t kMostPart = 5120;    // MiB
constexpr std::size_t kShortestSecret = 64;  // as Phoenix demands
static_assert(kLongestSocketPath == sizeof(sockaddr_un::sun_path) - 1);

Environment read_environment(ConfigReader& reader) {
  const bool phoenix_production = reader.flag("PHX_SERVER");
  const std::string name =
      reader.choice("COPPICE_ENV", phoenix_production ? "prod" : "dev", {"dev", "prod"});
  return name == "prod" ? Environment::production : Environment::development;
}

/// In development, from the checkout, the project's own articles.
std::string_view default_content(Environment environment) {
  std::error_code ignored;
  const bool at_hand = environment == Environment::development &&
                       std::filesystem::is_directory("content/posts", ignored);
  return at_hand ? "content" : "";
}

/// People read terminals, programs everything else.
void read_log_format(ConfigReader& reader, Config& config) {
  const auto format = reader.choice("LOG_FORMAT", "auto", {"auto", "text", "json"});
  config.log_json = format == "json" || (format == "auto" && isatty(STDERR_FILENO) == 0);
}

void check_secret(ConfigReader& reader, std::string_view name, const std::string& secret) {
  if (secret.empty() || secret.size() >= kShortestSecret) return;
  // What it says is not for a log.
  reader.reject(name, "(" + std::to_string(secret.size()) + " characters)",
                "at least 64 random characters; coppice secret prints some");
}

void read_secrets_and_paths(ConfigReader& reader, Config& config) {
  if (config.environment == Environment::production) {
    config.database_path =
        reader.required("DATABASE_PATH", "set it to the database file, for instance /data/app.db");
    config.secret_key_base = reader.required(
        "SECRET_KEY_BASE", "set it to at least 64 random characters; coppice secret prints some");
  } else {
    config.database_path = reader.text("DATABASE_PATH", kDevelopmentDatabase);
    config.secret_key_base = reader.text("SECRET_KEY_BASE", kDevelopmentSecret);
  }
  check_secret(reader, "SECRET_KEY_BASE", config.secret_key_base);
  config.previous_secrets = ConfigReader::split_list(reader.text("SECRET_KEY_BASE_PREVIOUS", ""));
  for (const auto& secret : config.previous_secrets) {
    check_secret(reader, "SECRET_KEY_BASE_PREVIOUS", secret);
  }
}

void read_origins(ConfigReader& reader, Config& config) {
  constexpr std::string_view kAccepted =
      "* or a comma-separated list such as https://example.com,//*.example.org";
  const std::string written = reader.text("CORS_ORIGINS", "*");
  if (written == "*") return;
  auto origins = ConfigReader::split_list(written);
  if (origins.empty()) reader.reject("CORS_ORIGINS", written, kAccepted);
  for (const auto& origin : origins) {
    if (!net::channels::parse_origin_pattern(origin)) {
      reader.reject("CORS_ORIGINS", origin, kAccepted);
    }
  }
  config.cors_origins = std::move(origins);
}

/// Whether browsers can name the host in an Origin, which has no path and here no port.
bool is_host_name(const std::string& text) {
  const auto origin = net::channels::parse_origin("//" + text);
  return origin && !origin->port && !text.ends_with('/');
}

void read_host(ConfigReader& reader, Config& config) {
  config.host = reader.text("PHX_HOST", "");
  if (config.host.empty() || is_host_name(config.host)) return;
  reader.reject("PHX_HOST", config.host,
                "a host name without scheme, port and path, such as example.com");
}

bool is_url_prefix(std::string_view text) {
  const bool begins =
      text.starts_with('/') || text.starts_with("https://") || text.starts_with("http://");
  return begins && std::ranges::none_of(text, [](char c) {
           return static_cast<unsigned char>(c) <= ' ' || c == 0x7F || c == '"' || c == '<';
         });
}

void read_posts_url(ConfigReader& reader, Config& config) {
  config.posts_url = reader.text("POSTS_URL", config.posts_url);
  if (is_url_prefix(config.posts_url)) return;
  reader.reject(
      "POSTS_URL", config.posts_url,
      "a path or an address that slugs are put behind, such as https://example.com/posts/");
}

void read_listen_address(ConfigReader& reader, Config& config) {
  config.listen_address = reader.text("LISTEN_ADDRESS", config.listen_address);
  boost::system::error_code error;
  boost::asio::ip::make_address(config.listen_address, error);
  if (!error) return;
  reader.reject("LISTEN_ADDRESS", config.listen_address,
                "a numeric IP address such as ::, 0.0.0.0 or 127.0.0.1");
}

void read_content_path(ConfigReader& reader, Config& config) {
  const auto given = reader.find("CONTENT_PATH");
  config.content_path = given.value_or(std::string(default_content(config.environment)));
  std::error_code unreadable;
  if (!given || std::filesystem::is_directory(*given, unreadable)) return;
  reader.reject("CONTENT_PATH", *given, "a folder that exists and can be read");
}

void read_admin_socket(ConfigReader& reader, Config& config, const Lookup& lookup) {
  config.admin_socket = admin_socket_path(lookup);
  if (config.admin_socket.size() <= kLongestSocketPath) return;
  reader.reject("ADMIN_SOCKET", config.admin_socket,
                "a path of at most " + std::to_string(kLongestSocketPath) + " bytes");
}

bool is_same_folder(const std::filesystem::path& a, const std::filesystem::path& b) {
  std::error_code unknown;
  return std::filesystem::weakly_canonical(std::filesystem::absolute(a, unknown), unknown) ==
         std::filesystem::weakly_canonical(std::filesystem::absolute(b, unknown), unknown);
}

void read_crash_path(ConfigReader& reader, Config& config) {
  const auto fallback = temporary_folder() / ("coppice-crashes-" + std::to_string(geteuid()));
  config.crash_path = reader.text("CRASH_PATH", fallback.string());
  const auto database = std::filesystem::path(config.database_path).parent_path();
  if (!is_same_folder(config.crash_path, database)) return;
  reader.reject("CRASH_PATH", config.crash_path,
                "a folder of its own: the database's holds databases only");
}

/// "fly.storage.tigris.dev", with or without a scheme and a slash at its end, as people write it.
std::string url_of_host(std::string host) {
  while (host.ends_with('/')) host.pop_back();
  return host.find("://") == std::string::npos ? "https://" + host : host;
}

/// A bucket that has a public address is no place for the database, so that needs one of its own.
std::optional<backup::S3Settings> read_s3(ConfigReader& reader) {
  const auto host = reader.find("S3_HOST");
  const bool is_public = reader.find("S3_PUBLIC_URL").has_value();
  const auto own_bucket = reader.find("BACKUP_S3_BUCKET");
  if (!host || (is_public && !own_bucket)) return std::nullopt;
  constexpr std::string_view kAdvice = "S3_HOST is set, and backups go there with it";
  return backup::S3Settings{
      .url = url_of_host(*host),
      .region = reader.text("S3_REGION", "auto"),
      .bucket = own_bucket ? *own_bucket : reader.required("S3_BUCKET", kAdvice),
      .access_key_id = reader.required("S3_ACCESS_KEY_ID", kAdvice),
      .secret_access_key = reader.required("S3_SECRET_ACCESS_KEY", kAdvice),
      .part_bytes = std::uint64_t{reader.number("BACKUP_S3_PART_MB", 64, 5, kMostPart)} << 20U};
}

std::optional<backup::Schedule> read_schedule(ConfigReader& reader) {
  const auto text = reader.text("BACKUP_SCHEDULE", kNightly);
  if (text == "off") return std::nullopt;
  const auto schedule = backup::Schedule::parse(text);
  if (schedule) return *schedule;
  reader.reject("BACKUP_SCHEDULE", text,
                "off, or a cron expression in UTC such as 0 3 * * *; " + schedule.error().context);
  return std::nullopt;
}

void read_room_history(ConfigReader& reader, Config& config) {
  constexpr std::uint32_t kMostHistory = 10'000;
  constexpr std::uint32_t kMostKilobytes = 65'536;
  constexpr std::uint32_t kMostHistoryDays = 3650;
  const auto messages = reader.number("ROOM_HISTORY", 0, 0, kMostHistory);
  const auto kilobytes = reader.number("ROOM_HISTORY_KB", 256, 1, kMostKilobytes);
  const auto days = reader.number("ROOM_HISTORY_DAYS", 7, 1, kMostHistoryDays);
  if (messages == 0) return;
  config.room_history = {.most_messages = messages,
                         .most_bytes = std::int64_t{kilobytes} * 1024,
                         .most_seconds = std::int64_t{days} * 24 * 3600};
}

BackupConfig read_backups(ConfigReader& reader) {
  BackupConfig config;
  config.backups.folder = reader.text("BACKUP_PATH", "");
  config.backups.retention = {.count = reader.number("BACKUP_KEEP", 7, 1, kMostBackups),
                              .days = reader.number("BACKUP_KEEP_DAYS", 0, 0, kMostBackupDays)};
  config.schedule = read_schedule(reader);
  // An application may have a store without wanting backups.
  if (!config.backups.folder.empty()) config.backups.store = read_s3(reader);
  return config;
}

}  // namespace

namespace {

std::vector<Variable> own_variables() {
  return {
      {"PORT", "4000", "TCP port to listen on; 0 picks a free one"},
      {"LISTEN_ADDRESS", "::", "address to listen on; :: takes IPv4 as well"},
      {"TLS_CERT_PATH", "",
       "certificate in PEM form, with those that vouch for it; with it the port speaks HTTPS"},
      {"TLS_KEY_PATH", "required with TLS_CERT_PATH", "its private key in PEM form"},
      {"DATABASE_PATH", "data/coppice.db (required in production)", "the SQLite database file"},
      {"SECRET_KEY_BASE", "a fixed one (required in production)",
       "at least 64 random characters, from which the keys of cookies and tokens derive; coppice "
       "secret prints some"},
      {"SECRET_KEY_BASE_PREVIOUS", "",
       "secrets before it that are still accepted, comma-separated: sessions outlive a change"},
      {"COPPICE_ENV", "dev", "dev or prod"},
      {"PHX_SERVER", "false", "true means COPPICE_ENV=prod, as in a Phoenix release"},
      {"PHX_HOST", "", "public host name; when set, sockets take browsers from it only"},
      {"POSTS_URL", "/api/posts/",
       "where people read posts: what the feed and permalinks put a slug behind"},
      {"CORS_ORIGINS", "*", "origins whose pages may use the API and the sockets, comma-separated"},
      {"POOL_SIZE", "5", "read-only database connections, 1 to 64"},
      {"DATABASE_SYNCHRONOUS", "full",
       "full: acknowledged writes survive power loss; normal: only a crash, but commits are "
       "cheaper"},
      {"DATABASE_MIN_FREE_MB", "64",
       "writes are refused while fewer MiB are free beside the database; 0 for no such reserve"},
      {"ADMIN_SOCKET", "the database's path with -admin.sock behind it",
       "path of the operators' Unix socket"},
      {"CRASH_PATH", "coppice-crashes-UID in the system's temporary directory",
       "folder for what a fatal signal leaves until the next start; not the database's"},
      {"CONTENT_PATH", "content/ in development, if it is there",
       "folder of posts, projects and assets that is imported at start and when it changes"},
      {"COPPICE_ALLOW_NEWER_SCHEMA", "false",
       "true uses a database that a later release has migrated"},
      {"BACKUP_PATH", "", "folder for backups; without one none are made"},
      {"BACKUP_SCHEDULE", "0 3 * * *",
       "when backups are made: five cron fields, in UTC, or off; needs BACKUP_PATH"},
      {"BACKUP_KEEP", "7", "how many backups are kept, 1 to 10000"},
      {"BACKUP_KEEP_DAYS", "0", "how many days backups are kept at the most; 0 for no limit"},
      {"BACKUP_S3_BUCKET", "S3_BUCKET, unless S3_PUBLIC_URL is set",
       "bucket that backups are uploaded to"},
      {"BACKUP_S3_PART_MB", "64", "what is larger is uploaded in parts of so many MiB, 5 to 5120"},
      {"S3_HOST", "", "S3-compatible store; with it, backups are uploaded"},
      {"S3_REGION", "auto", "the store's region"},
      {"S3_BUCKET", "required with S3_HOST", "the store's bucket"},
      {"S3_ACCESS_KEY_ID", "required with S3_HOST", "the store's key"},
      {"S3_SECRET_ACCESS_KEY", "required with S3_HOST", "and its secret"},
      {"S3_PUBLIC_URL", "",
       "where the bucket is public; backups then need a BACKUP_S3_BUCKET of their own"},
      {"ROOM_HISTORY", "0", "messages that are kept of each room, at the most 10000; 0 for none"},
      {"ROOM_HISTORY_KB", "256", "how many KiB of them at the most, 1 to 65536"},
      {"ROOM_HISTORY_DAYS", "7", "and for how many days, 1 to 3650"},
      {"TRUSTED_PROXIES", "",
       "proxies whose X-Forwarded headers are believed: addresses, ranges such as 10.0.0.0/8, or "
       "private"},
      {"CLIENT_ADDRESS_HEADER", "x-forwarded-for",
       "where they name the client; fly-client-ip on Fly.io"},
      {"FORCE_SSL", "false",
       "true redirects what a proxy says came by HTTP to HTTPS, and sends HSTS"},
      {"RATE_LIMIT", "0", "requests a second that one address may make; 0 for no limit"},
      {"RATE_LIMIT_BURST", "twice RATE_LIMIT", "how many of them at once"},
      {"MAX_CONNECTIONS", "10000",
       "open connections; those that come then take the place of idle ones, or are answered 503"},
      {"MAX_CONNECTIONS_PER_ADDRESS", "a quarter of MAX_CONNECTIONS",
       "open connections of one address that is neither loopback nor in TRUSTED_PROXIES; more are "
       "answered 429; 0 for no limit"},
      {"MAX_REQUEST_LINE_BYTES", "8192", "longest request line; else 414"},
      {"MAX_HEADER_BYTES", "16384", "largest head of a request; else 431"},
      {"MAX_HEADERS", "100", "most headers of a request; else 431"},
      {"MAX_BODY_BYTES", "8000000", "largest body, where a route says nothing else; else 413"},
      {"HEADER_TIMEOUT", "15", "seconds that a request's head may take; then 408"},
      {"BODY_TIMEOUT", "60", "seconds that its body may take; then 408"},
      {"MIN_BODY_RATE", "240",
       "bytes a second that a body must come with on average, after 5 seconds; else 408; 0 for no "
       "limit"},
      {"WRITE_TIMEOUT", "30", "seconds that a client may take for 64 KiB of its answer; then cut"},
      {"KEEP_ALIVE_TIMEOUT", "60", "seconds that a connection may idle; then closed"},
      {"DRAIN_DELAY", "0",
       "seconds from SIGTERM, when /health begins to fail, to the end of accepting, for load "
       "balancers to notice; whoever ends the process has to wait so much longer"},
      {"WEBSOCKET_COMPRESSION", "false",
       "true compresses what sockets send, if the client offers it: less traffic for more CPU"},
      {"METRICS_TOKEN", "",
       "at least 16 characters; whoever has them may read /metrics, else it is not there"},
      {"ACCESS_LOG", "all",
       "requests that are logged: all, errors, off, or N for every Nth and errors"},
      {"COPPICE_SHARDS", "0", "threads for actors; 0 for one per core"},
      {"COPPICE_SPIN_US", "0",
       "microseconds, 0 to 1000, that an idle thread looks for work before it sleeps: quicker "
       "answers for busy cores"},
      {"LOG_LEVEL", "info", "trace, debug, info, warn, error or off"},
      {"LOG_FORMAT", "auto", "text, json, or auto: text on a terminal and JSON elsewhere"},
      {"FLY_REGION", "local", "region, shown by /health"},
      {"APP_VERSION", "the program's own", "version, shown by /health"},
  };
}

}  // namespace

const std::vector<Variable>& config_variables() {
  static const std::vector<Variable> kVariables = [] {
    auto variables = own_variables();
    std::ranges::move(account_variables(), std::back_inserter(variables));
    std::ranges::move(sentry_variables(), std::back_inserter(variables));
    std::ranges::move(tracing_variables(), std::back_inserter(variables));
    std::ranges::move(litefs_variables(), std::back_inserter(variables));
    std::ranges::move(cluster_variables(), std::back_inserter(variables));
    return variables;
  }();
  return kVariables;
}

actors::Result<Config> read_config(const Lookup& lookup) {
  ConfigReader reader(lookup);
  Config config;
  config.environment = read_environment(reader);
  config.port = static_cast<std::uint16_t>(reader.number("PORT", 4000, 0, 65535));
  read_listen_address(reader, config);
  config.pool_size = reader.number("POOL_SIZE", 5, 1, kMaxPool);
  config.synchronous_full =
      reader.choice("DATABASE_SYNCHRONOUS", "full", {"full", "normal"}) == "full";
  config.free_space_reserve = reader.number("DATABASE_MIN_FREE_MB", 64, 0, kMostReserve);
  config.shards = reader.number("COPPICE_SHARDS", 0, 0, kMaxShards);
  config.spin = std::chrono::microseconds(reader.number("COPPICE_SPIN_US", 0, 0, kLongestSpin));
  read_host(reader, config);
  read_posts_url(reader, config);
  read_admin_socket(reader, config, lookup);
  read_content_path(reader, config);
  config.allow_newer_schema = reader.flag(kAllowNewerSchema);
  config.log_level =
      reader.choice("LOG_LEVEL", "info", {"trace", "debug", "info", "warn", "error", "off"});
  read_log_format(reader, config);
  config.region = reader.text("FLY_REGION", "local");
  config.version = reader.text("APP_VERSION", kVersion);
  read_secrets_and_paths(reader, config);
  read_crash_path(reader, config);
  read_sentry_config(reader, config);
  read_origins(reader, config);
  read_room_history(reader, config);
  config.backup = read_backups(reader);
  config.http = read_http_config(reader);
  config.http.access_log.json = config.log_json;
  config.accounts = read_account_config(reader, config);
  config.tracing = read_tracing_config(reader, config);
  config.litefs = read_litefs_config(reader);
  config.cluster = read_cluster_config(reader);
  if (!reader.problems().empty()) {
    return actors::fail(actors::Errc::invalid_argument, reader.problems());
  }
  return config;
}

std::optional<std::string> lookup_environment(std::string_view name) {
  const char* value = std::getenv(std::string(name).c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

std::string admin_socket_path(const Lookup& lookup, const std::string& database) {
  if (const auto path = lookup("ADMIN_SOCKET"); path && !path->empty()) return *path;
  return default_admin_socket(database.empty() ? database_path(lookup) : database,
                              lookup("LITEFS_MOUNT").value_or(""));
}

std::string database_path(const Lookup& lookup) {
  ConfigReader reader(lookup);
  if (auto given = reader.find("DATABASE_PATH")) return *given;
  const bool production = read_environment(reader) == Environment::production;
  return std::string(production ? "" : kDevelopmentDatabase);
}

bool allows_newer_schema(const Lookup& lookup) {
  ConfigReader reader(lookup);
  return reader.flag(kAllowNewerSchema);
}

actors::Result<BackupConfig> backup_config(const Lookup& lookup) {
  ConfigReader reader(lookup);
  auto config = read_backups(reader);
  if (reader.problems().empty()) return config;
  return actors::fail(actors::Errc::invalid_argument, reader.problems());
}

}  // namespace coppice::app
