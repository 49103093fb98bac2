#include "app/cluster/nats_server.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <sys/stat.h>
#include <system_error>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "app/accounts/secret.hpp"
#include "app/nodes/node_address.hpp"
#include "supervisor/port/port.hpp"

namespace coppice::app::cluster {
namespace {

namespace fs = std::filesystem;
using actors::Errc;
using actors::fail;
using actors::Result;
using nodes::with_port;

constexpr std::string_view kPortsEnding = ".ports";
constexpr std::string_view kUser = "coppice";
// A route that was cut is found out and opened anew within three of them, and not minutes.
constexpr std::chrono::seconds kPingInterval{2};
constexpr int kMostPingsOut = 2;

db::ScratchFolder make_private_folder() {
  std::error_code error;
  const auto place = fs::temp_directory_path(error);
  auto made = db::ScratchFolder::make(error ? fs::path("/tmp") : place);
  if (!made) throw std::runtime_error(made.error().message());
  return *std::move(made);
}

/// The file of the latest start: one that was killed has left its own behind.
std::optional<fs::path> latest_ports_file(const fs::path& folder) {
  std::optional<fs::path> latest;
  fs::file_time_type when{};
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() != kPortsEnding) continue;
    const auto written = entry.last_write_time(error);
    if (error || (latest && written < when)) continue;
    latest = entry.path();
    when = written;
  }
  return latest;
}

/// `{"nats":["nats://127.0.0.1:37357"], …}`
std::optional<std::string> first_client_url(std::string_view text) {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* urls = object == nullptr ? nullptr : object->if_contains("nats");
  const auto* list = urls == nullptr ? nullptr : urls->if_array();
  if (list == nullptr || list->empty() || !list->front().is_string()) return std::nullopt;
  return std::string(list->front().get_string());
}

/// Debian has it where only root's PATH leads.
std::string program_of(const Settings& settings) {
  const auto& name = settings.nats_server;
  if (supervisor::port::find_program({.argv = {name}})) return name;
  const auto system = fs::path("/usr/sbin") / name;
  std::error_code error;
  return fs::exists(system, error) ? system.string() : name;
}

void log_line(std::string_view line) {
  const auto [level, text] = parse_nats_line(line);
  switch (level) {
    case 'F': SPDLOG_ERROR("nats-server: {}", text); break;
    case 'E':
    case 'W': SPDLOG_WARN("nats-server: {}", text); break;
    default: SPDLOG_DEBUG("nats-server: {}", text); break;
  }
}

}  // namespace

std::string to_text(const NatsConfig& config) {
  std::string routes;
  for (const auto& node : config.nodes) {
    routes += fmt::format("    \"nats://{}:{}@{}\"\n", kUser, config.password,
                          with_port(node, config.port));
  }
  return fmt::format(
      "listen: \"127.0.0.1:-1\"\n"
      "ports_file_dir: \"{}\"\n"
      "logtime: false\n"
      "reconnect_error_reports: 60\n"
      "ping_interval: \"{}s\"\n"
      "ping_max: {}\n"
      "authorization {{ token: \"{}\" }}\n"
      "cluster {{\n"
      "  name: \"{}\"\n"
      "  listen: \"{}\"\n"
      "  no_advertise: true\n"
      "  authorization {{ user: \"{}\", password: \"{}\", timeout: 2 }}\n"
      "  routes: [\n{}  ]\n"
      "}}\n",
      config.folder.string(), kPingInterval.count(), kMostPingsOut, config.token, config.cluster,
      with_port(config.listen_address, config.port), kUser, config.password, routes);
}

// "[23454] [INF] Server is ready"
NatsLine parse_nats_line(std::string_view line) {
  const auto open = line.find(" [");
  if (!line.starts_with('[') || open == std::string_view::npos || open + 7 > line.size() ||
      line[open + 5] != ']') {
    return {.level = 'W', .text = line};
  }
  return {.level = line[open + 2], .text = line.substr(open + 7)};
}

std::string without_passwords(std::string_view line) {
  std::string out;
  for (auto begin = line.find("://"); begin != std::string_view::npos; begin = line.find("://")) {
    begin += 3;
    const auto end = line.find_first_of("@ /", begin);
    const bool has_user = end != std::string_view::npos && line[end] == '@';
    out += line.substr(0, begin);
    if (has_user) out += "[…]";
    line.remove_prefix(has_user ? end : begin);
  }
  return out.append(line);
}

NatsServer::NatsServer(const Settings& settings, const Seal& seal)
    : program_(program_of(settings)),
      scratch_(make_private_folder()),
      config_{.folder = scratch_.path(),
              .token = accounts::new_secret(),
              .listen_address = settings.listen_address,
              .port = settings.port,
              .cluster = seal.cluster_name(),
              .password = seal.password()} {}

// The folder is for us alone, and a file that is being written is never read: it takes the place of
// the other when it is whole.
Result<void> NatsServer::write(std::vector<std::string> nodes) {
  const std::lock_guard lock(mutex_);
  auto wanted = config_;
  wanted.nodes = std::move(nodes);
  // Somebody may have tidied up.
  if (mkdir(config_.folder.c_str(), S_IRWXU) != 0 && errno != EEXIST) {
    return fail(Errc::io_error, fmt::format("{} can't be made: {}", config_.folder.string(),
                                            std::generic_category().message(errno)));
  }
  const auto path = config_path();
  const auto next = path.string() + ".next";
  std::ofstream file(next, std::ios::trunc);
  file << to_text(wanted);
  file.close();
  std::error_code error;
  if (file) fs::rename(next, path, error);
  if (!file || error) {
    return fail(Errc::io_error, fmt::format("{} can't be written: {}", path.string(),
                                            error ? error.message() : "the disk is full?"));
  }
  config_ = std::move(wanted);
  return {};
}

std::vector<std::string> NatsServer::nodes() const {
  const std::lock_guard lock(mutex_);
  return config_.nodes;
}

Result<NatsAddress> NatsServer::address() const {
  const std::lock_guard lock(mutex_);
  const auto path = latest_ports_file(config_.folder);
  if (!path) return fail(Errc::unavailable, "nats-server has not said yet where it listens");
  std::ifstream file(*path);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  auto url = first_client_url(text);
  if (!url) return fail(Errc::unavailable, "nats-server has not said yet where it listens");
  return NatsAddress{.url = *std::move(url), .token = config_.token};
}

supervisor::ChildSpec NatsServer::child(const std::shared_ptr<NatsServer>& server) {
  auto answers = [server]() -> Result<void> {
    const auto where = server->address();
    return where ? ping_nats(*where) : std::unexpected(where.error());
  };
  supervisor::port::PortOptions options{
      .command = {.argv = {server->program_, "-c", server->config_path().string()},
                  .inherits_environment = false},
      .on_line = &log_line,
      .redact = &without_passwords,
      .ready = answers,
      .health = answers};
  auto child = supervisor::port::port_child("nats", std::move(options));
  child.backoff =
      supervisor::Backoff{.min = std::chrono::milliseconds(200), .max = std::chrono::seconds(30)};
  return child;
}

}  // namespace coppice::app::cluster
