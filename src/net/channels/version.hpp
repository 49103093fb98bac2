#pragma once

#include <optional>

#include "net/channels/serializer.hpp"
#include "net/http/query.hpp"

namespace coppice::net::channels {

/// The serializer that a client's `vsn` parameter asks for: a semantic version that satisfies
/// `~> 1.0.0` or `~> 2.0.0`; none at all means 1.0.0. Nothing if it is not served.
[[nodiscard]] std::optional<Version> negotiate_version(const http::Params& params);

}  // namespace coppice::net::channels
