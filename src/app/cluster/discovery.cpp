#include "app/cluster/discovery.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include "actors/blocking_pool.hpp"

namespace coppice::app::cluster {

using actors::Errc;
using actors::Result;
using actors::Task;

namespace {

constexpr auto kLongestLook = std::chrono::seconds(15);
// A name server that does not answer holds up neither the start nor the stop: what comes next in
// the tree starts without the nodes, and they are found by a later look.
constexpr auto kLongestFirstLook = std::chrono::seconds(1);

void sort_and_unify(std::vector<std::string>& nodes) {
  std::ranges::sort(nodes);
  const auto repeated = std::ranges::unique(nodes);
  nodes.erase(repeated.begin(), repeated.end());
}

}  // namespace

Result<std::vector<std::string>> resolve(const std::string& name) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::resolver resolver(io);
  boost::system::error_code error;
  const auto entries = resolver.resolve(name, "", error);
  if (error) return actors::fail(Errc::unavailable, fmt::format("{}: {}", name, error.message()));
  std::vector<std::string> addresses;
  for (const auto& entry : entries) addresses.push_back(entry.endpoint().address().to_string());
  sort_and_unify(addresses);
  return addresses;
}

Discovery::Discovery(Settings settings, Resolve resolve,
                     std::function<std::vector<std::string>()> known, Found found)
    : settings_(std::move(settings)),
      resolve_(std::move(resolve)),
      known_(std::move(known)),
      found_(std::move(found)) {}

Task<void> Discovery::init() {
  const auto told = co_await look(true);
  if (!told) throw std::runtime_error(told.error().message());
  if (!settings_.dns_query.empty()) set_timer("look", kInterval, Look{});
}

void Discovery::handle(Look /*message*/) {
  background([](Discovery* self) -> Task<void> {
    const auto told = co_await self->look(false);
    if (!told) SPDLOG_WARN("nodes that were found are not used yet: {}", told.error().message());
    self->set_timer("look", kInterval, Look{});
  }(this));
}

Task<Result<void>> Discovery::look(bool starts) {
  auto nodes = settings_.nodes;
  if (!settings_.dns_query.empty()) {
    const auto found = co_await look_up(starts ? kLongestFirstLook : kLongestLook);
    if (!found && has_told_) co_return Result<void>();
    const auto others = found ? *found : known_();
    nodes.insert(nodes.end(), others.begin(), others.end());
  }
  sort_and_unify(nodes);
  co_return tell(std::move(nodes), starts);
}

Task<Result<std::vector<std::string>>> Discovery::look_up(std::chrono::seconds longest) {
  auto work = [resolve = resolve_, name = settings_.dns_query] { return resolve(name); };
  const auto looked = co_await actors::blocking(std::move(work), longest);
  auto found = looked ? *looked : std::unexpected(looked.error());
  const auto trouble = found ? std::string() : found.error().message();
  if (std::exchange(trouble_, trouble) != trouble && !found) {
    SPDLOG_WARN("DNS_CLUSTER_QUERY: {}; the nodes that were found before count", trouble);
  }
  co_return found;
}

Result<void> Discovery::tell(std::vector<std::string> nodes, bool starts) {
  if (has_told_ && nodes == nodes_) return {};
  const auto told = found_(nodes, starts);
  has_told_ = told.has_value();  // else whatever is found next is told
  if (!told) return told;
  nodes_ = std::move(nodes);
  SPDLOG_INFO("the cluster's nodes are at {}", fmt::join(nodes_, ", "));
  return {};
}

std::string Discovery::describe() const {
  const auto at = fmt::format("{} addresses: {}", nodes_.size(), fmt::join(nodes_, ", "));
  return trouble_.empty() ? at : at + "; " + trouble_;
}

}  // namespace coppice::app::cluster
