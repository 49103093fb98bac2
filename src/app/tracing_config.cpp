#include "app/tracing_config.hpp"

#include <charconv>
#include <optional>

#include "net/http/headers.hpp"
#include "net/http/percent.hpp"

namespace coppice::app {
namespace {

constexpr std::string_view kEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";
constexpr std::string_view kHeaders = "OTEL_EXPORTER_OTLP_HEADERS";
constexpr std::string_view kRatio = "OTEL_TRACES_SAMPLER_ARG";
constexpr std::string_view kTracesPath = "/v1/traces";

std::string read_url(ConfigReader& reader) {
  auto url = reader.text(kEndpoint, "");
  if (url.empty()) return url;
  if (!url.starts_with("http://") && !url.starts_with("https://")) {
    reader.reject(kEndpoint, url, "an address that begins with https:// or http://");
    return {};
  }
  while (url.ends_with('/')) url.pop_back();
  return url + std::string(kTracesPath);
}

/// "name: value" for "name=value", whose value is percent-encoded.
std::optional<std::string> header_line(std::string_view pair) {
  const auto equals = pair.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  const auto name = pair.substr(0, equals);
  const auto value = net::http::percent_decode(pair.substr(equals + 1), net::http::Plus::is_plus);
  if (!value || value->empty() || !net::http::is_header_name(name)) return std::nullopt;
  const bool one_line = value->find_first_of("\r\n") == std::string::npos;
  return one_line ? std::optional(std::string(name) + ": " + *value) : std::nullopt;
}

std::vector<std::string> read_headers(ConfigReader& reader) {
  std::vector<std::string> headers;
  for (const auto& pair : ConfigReader::split_list(reader.text(kHeaders, ""))) {
    if (auto line = header_line(pair)) {
      headers.push_back(*std::move(line));
    } else {
      // It may hold a key.
      reader.reject(kHeaders, "(not shown)",
                    "name=value pairs, comma-separated, their values percent-encoded");
    }
  }
  return headers;
}

double read_ratio(ConfigReader& reader) {
  const auto text = reader.text(kRatio, "1");
  double ratio = 1;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, ratio);
  if (parsed.ec == std::errc() && parsed.ptr == end && ratio >= 0 && ratio <= 1) return ratio;
  reader.reject(kRatio, text, "a number from 0 to 1: the share of traces that are recorded");
  return 1;
}

}  // namespace

tracing::Settings read_tracing_config(ConfigReader& reader, const Config& config) {
  tracing::Settings settings;
  settings.url = read_url(reader);
  settings.headers = read_headers(reader);
  settings.ratio = read_ratio(reader);
  const bool production = config.environment == Environment::production;
  settings.resource = {{"service.name", reader.text("OTEL_SERVICE_NAME", "coppice")},
                       {"service.version", config.version},
                       {"deployment.environment.name", production ? "production" : "development"},
                       {"cloud.region", config.region}};
  return settings;
}

std::vector<Variable> tracing_variables() {
  return {
      {kEndpoint, "",
       "where traces are sent, by OTLP over HTTP in JSON; without one there are none"},
      {kHeaders, "", "headers to send along, such as authorization=Bearer%20KEY, comma-separated"},
      {kRatio, "1", "the share of traces that begin here and are recorded, 0 to 1"},
      {"OTEL_SERVICE_NAME", "coppice", "what this server is called in traces"},
  };
}

}  // namespace coppice::app
