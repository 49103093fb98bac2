#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace coppice::app::nodes {

/// The address of another node as URLs have it, with @p port unless it names one itself: "a"
/// becomes "a:4001", "fdaa::3" becomes "[fdaa::3]:4001"; "b.internal:7000" and "[fdaa::3]:7000"
/// stay. Thread: any.
[[nodiscard]] std::string with_port(std::string_view node, std::uint16_t port);

}  // namespace coppice::app::nodes
