#include "app/cli/health_command.hpp"

#include <cstdint>
#include <iostream>
#include <memory>
#include <stop_token>
#include <utility>

#include <CLI/CLI.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/clean_text.hpp"
#include "app/cli/exit.hpp"
#include "app/cli/print_json.hpp"
#include "app/config_reader.hpp"
#include "app/outgoing/http_request.hpp"

namespace coppice::app::cli {
namespace {

constexpr int kLongestTimeout = 60;
constexpr long kOk = 200;

struct HealthOptions {
  std::string url;
  int timeout_s = 3;
  bool json = false;
};

/// A server that listens on every address is asked on the loopback.
std::string host_of(const std::string& listen_address) {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(listen_address, error);
  if (error || address.is_unspecified()) return "127.0.0.1";
  return address.is_v6() ? "[" + listen_address + "]" : listen_address;
}

/// What was answered, well or not, for programs. An answer that is no JSON is a text there.
void print_as_json(const std::string& url, const outgoing::HttpResponse& answer) {
  boost::system::error_code error;
  auto body = boost::json::parse(answer.body, error);
  if (error) body = clean_text(answer.body);
  print_json({{"url", url}, {"status", answer.status}, {"answer", std::move(body)}});
}

int unhealthy(const std::string& problem) {
  std::cerr << "coppice: " << problem << "\n";
  return ExitCode::failure;
}

int show_health(const HealthOptions& options) {
  const bool own = options.url.empty();
  const auto url = own ? own_health_url(lookup_environment) : options.url;
  if (!url) return unhealthy(url.error().context);
  const auto answer = outgoing::send(
      {.url = *url, .timeout = std::chrono::seconds(options.timeout_s), .to_this_machine = own},
      std::stop_token());
  if (!answer) return unhealthy(answer.error().context);
  if (options.json) print_as_json(*url, *answer);
  if (answer->status != kOk) {
    return unhealthy(*url + " answers " + std::to_string(answer->status) + ": " + answer->body);
  }
  if (!options.json) std::cout << answer->body << "\n";
  return ExitCode::success;
}

}  // namespace

actors::Result<std::string> own_health_url(const Lookup& lookup) {
  ConfigReader reader(lookup);
  const auto port = reader.number("PORT", 4000, 1, UINT16_MAX);
  if (!reader.problems().empty()) {
    return actors::fail(actors::Errc::invalid_argument,
                        "PORT doesn't say where the server listens; --url does");
  }
  const std::string scheme = reader.find("TLS_CERT_PATH") ? "https" : "http";
  return scheme + "://" + host_of(reader.text("LISTEN_ADDRESS", "::")) + ":" +
         std::to_string(port) + "/api/health";
}

void add_health_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("health", "ask a server how it is: 0 well, 1 not");
  const auto options = std::make_shared<HealthOptions>();
  command->add_option("--url", options->url,
                      "what to ask (/api/health of the server that has this environment)");
  command->add_option("--timeout", options->timeout_s, "seconds that the answer may take (3)")
      ->check(CLI::Range(1, kLongestTimeout));
  command->add_flag("--json", options->json, "print what was answered, and how, as JSON");
  command->footer("Example:\n  coppice health --url http://localhost:4000/health");
  command->callback([&chosen, options] { chosen = [options] { return show_health(*options); }; });
}

}  // namespace coppice::app::cli
