#include "app/http_config.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "net/http/headers.hpp"

namespace coppice::app {
namespace {

constexpr std::uint32_t kMost = 1'000'000'000;
constexpr std::uint32_t kMostRequests = 1'000'000;
constexpr std::uint32_t kMostConnections = 1'000'000;
constexpr std::uint32_t kMostSeconds = 24 * 60 * 60;
constexpr std::uint32_t kLongestDrainDelay = 5 * 60;

std::vector<net::AddressRange> read_proxies(ConfigReader& reader) {
  const auto text = reader.text("TRUSTED_PROXIES", "");
  auto ranges = net::parse_address_ranges(text);
  if (ranges) return *std::move(ranges);
  reader.reject("TRUSTED_PROXIES", text,
                "private, addresses, and ranges such as 172.16.0.0/12, comma-separated");
  return {};
}

std::string read_client_header(ConfigReader& reader) {
  auto name = reader.text("CLIENT_ADDRESS_HEADER", "x-forwarded-for");
  if (net::http::is_header_name(name)) return name;
  reader.reject("CLIENT_ADDRESS_HEADER", name, "the name of a header, such as fly-client-ip");
  return "x-forwarded-for";
}

/// One address can't keep all others out, and one that many share has enough.
std::uint32_t default_per_address(std::uint32_t max_connections) {
  constexpr std::uint32_t kShare = 4;
  return std::max(1U, max_connections / kShare);
}

actors::Duration seconds(ConfigReader& reader, std::string_view name, std::uint32_t fallback) {
  return std::chrono::seconds(reader.number(name, fallback, 1, kMostSeconds));
}

/// Whether a header's value can be just this: readers take spaces off its ends.
bool fits_a_header(std::string_view text) {
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return std::ranges::all_of(text, printable) && !text.starts_with(' ') && !text.ends_with(' ');
}

std::string read_metrics_token(ConfigReader& reader) {
  constexpr std::size_t kShortest = 16;  // less can be guessed, at the rate that a server answers
  auto token = reader.text("METRICS_TOKEN", "");
  if (token.empty() || (token.size() >= kShortest && fits_a_header(token))) return token;
  reader.reject("METRICS_TOKEN", std::to_string(token.size()) + " characters",
                "at least 16 characters that a header can carry: printable ASCII, and no space or "
                "line end before or behind");
  return {};
}

http::AccessLogOptions read_access_log(ConfigReader& reader) {
  const auto text = reader.text("ACCESS_LOG", "all");
  http::AccessLogOptions options;
  if (text == "all") return options;
  options.enabled = text != "off";
  options.one_of = 0;
  if (text == "off" || text == "errors") return options;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, options.one_of);
  if (parsed.ec == std::errc() && parsed.ptr == end && options.one_of > 0) return options;
  reader.reject("ACCESS_LOG", text, "all, errors, off, or a whole number from 1");
  return options;
}

/// Either both or none: what only one of them was meant to do can't be guessed.
std::optional<net::tls::Files> read_tls(ConfigReader& reader) {
  const auto certificate = reader.find("TLS_CERT_PATH");
  const auto key = reader.find("TLS_KEY_PATH");
  if (!certificate && !key) return std::nullopt;
  constexpr std::string_view kAdvice =
      "the other one of TLS_CERT_PATH and TLS_KEY_PATH is set, and TLS needs both";
  return net::tls::Files{reader.required("TLS_CERT_PATH", kAdvice),
                         reader.required("TLS_KEY_PATH", kAdvice)};
}

}  // namespace

HttpConfig read_http_config(ConfigReader& reader) {
  HttpConfig config;
  config.trusted_proxies = read_proxies(reader);
  config.client_address_header = read_client_header(reader);
  config.force_ssl = reader.flag("FORCE_SSL");
  config.rate_limit = reader.number("RATE_LIMIT", 0, 0, kMostRequests);
  config.rate_limit_burst =
      reader.number("RATE_LIMIT_BURST", std::max(1U, config.rate_limit * 2), 1, 2 * kMostRequests);
  config.max_connections = reader.number("MAX_CONNECTIONS", 10'000, 1, kMostConnections);
  config.max_connections_per_address =
      reader.number("MAX_CONNECTIONS_PER_ADDRESS", default_per_address(config.max_connections), 0,
                    kMostConnections);
  config.websocket_compression = reader.flag("WEBSOCKET_COMPRESSION");
  config.limits.max_target_bytes = reader.number("MAX_REQUEST_LINE_BYTES", 8192, 64, 1U << 20U);
  config.limits.max_head_bytes = reader.number("MAX_HEADER_BYTES", 16384, 256, 1U << 20U);
  config.limits.max_headers = reader.number("MAX_HEADERS", 100, 1, 10'000);
  config.limits.max_body_bytes = reader.number("MAX_BODY_BYTES", 8'000'000, 0, kMost);
  config.limits.min_body_rate = reader.number("MIN_BODY_RATE", 240, 0, kMost);
  config.timeouts.head = seconds(reader, "HEADER_TIMEOUT", 15);
  config.timeouts.body = seconds(reader, "BODY_TIMEOUT", 60);
  config.timeouts.write = seconds(reader, "WRITE_TIMEOUT", 30);
  config.timeouts.keep_alive = seconds(reader, "KEEP_ALIVE_TIMEOUT", 60);
  config.drain_delay = std::chrono::seconds(reader.number("DRAIN_DELAY", 0, 0, kLongestDrainDelay));
  config.metrics_token = read_metrics_token(reader);
  config.access_log = read_access_log(reader);
  config.tls = read_tls(reader);
  return config;
}

}  // namespace coppice::app
