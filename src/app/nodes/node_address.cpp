#include "app/nodes/node_address.hpp"

#include <fmt/format.h>

namespace coppice::app::nodes {
namespace {

bool is_bare_ipv6(std::string_view node) {
  return !node.starts_with('[') && node.find(':') != node.rfind(':');
}

bool has_port(std::string_view node) {
  const auto colon = node.rfind(':');
  if (colon == std::string_view::npos || is_bare_ipv6(node)) return false;
  return !node.starts_with('[') || node[colon - 1] == ']';
}

}  // namespace

std::string with_port(std::string_view node, std::uint16_t port) {
  if (has_port(node)) return std::string(node);
  return is_bare_ipv6(node) ? fmt::format("[{}]:{}", node, port) : fmt::format("{}:{}", node, port);
}

}  // namespace coppice::app::nodes
