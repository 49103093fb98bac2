#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "app/nodes/link.hpp"
#include "db/replication.hpp"
#include "net/http/response.hpp"

namespace coppice::app::nodes {

/// What a node answers that does not do what another one asks: JSON, which nodes of all releases
/// read, whatever version of the rest they speak.
struct Refusal {
  std::string why{};
  std::string primary{};  ///< Of a node that is not the primary: who is, if it knows.
  /// The versions that it speaks, where it was asked in another; 0 if not.
  std::int64_t oldest_version = 0;
  std::int64_t newest_version = 0;
};

/// 409: this node is not the primary.
[[nodiscard]] net::http::Response refuse_as(const db::Standing& standing);
/// 400: nodes speak kOldestVersion to kNewestVersion here.
[[nodiscard]] net::http::Response refuse_version(std::string_view asked_in);

/// Whether this node is asked in a version that it speaks.
[[nodiscard]] bool is_spoken(std::string_view version) noexcept;

/// What is known of why; all empty where it is no refusal of a node.
[[nodiscard]] Refusal read_refusal(const Link::Answer& answer);
/// "a:4001 answers 409: replica of b:4001", for people.
[[nodiscard]] std::string explain_refusal(std::string_view node, const Link::Answer& answer);

}  // namespace coppice::app::nodes
