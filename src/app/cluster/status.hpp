#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/cluster/letter.hpp"

namespace coppice::app::cluster {

/// What a node says of itself, regularly. It travels as JSON, of which a release reads what it
/// knows: members are added, and never get another meaning.
struct Status {
  std::int64_t oldest_version = kOldestVersion;  ///< Of what it speaks; see Letter.
  std::int64_t newest_version = kNewestVersion;
  std::string release;           ///< The server's version.
  std::string region;            ///< Empty if it has none.
  std::int64_t started_at = 0;   ///< Seconds since 1970.
  std::string role;              ///< "primary", "replica", …; empty without replication.
  std::string primary;           ///< Whom a replica follows, as LiteFS says.
  std::string why;               ///< Why it is down.
  std::int64_t transaction = 0;  ///< The last that its copy has, by LiteFS's number.

  friend bool operator==(const Status&, const Status&) = default;
};

[[nodiscard]] std::string to_json(const Status& status);
/// What is not there keeps its default. Errors: malformed if that is no object.
[[nodiscard]] actors::Result<Status> status_from_json(std::string_view json);

/// Whether two nodes can speak to each other.
[[nodiscard]] constexpr bool understand_each_other(const Status& one,
                                                   const Status& other) noexcept {
  return one.oldest_version <= other.newest_version && other.oldest_version <= one.newest_version;
}

/// The newest version that @p own speaks and all of @p others do, less those with which it has
/// none in common.
[[nodiscard]] std::int64_t common_version(const Status& own, const std::vector<Status>& others);

}  // namespace coppice::app::cluster
