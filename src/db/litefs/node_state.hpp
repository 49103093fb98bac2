#pragma once

#include <optional>
#include <string>

#include "db/replication.hpp"

namespace coppice::db::litefs {

/// What LiteFS says about who is primary: in its events, and when asked.
struct PrimaryReport {
  bool is_primary = false;
  std::string hostname{};  ///< Of the primary; empty if that is this node, or nobody knows.

  friend bool operator==(const PrimaryReport&, const PrimaryReport&) = default;
};

/// Folds what is heard of LiteFS into the node's standing.
///
/// The stream of events counts, since it is the first to know; without a stream the node is down,
/// whatever else still answers. So it is while the mount fails: LiteFS's API goes on answering when
/// its mount is dead, and the other way round. That no file names a primary is never taken for
/// being the primary.
///
/// Thread: one at a time.
class NodeState {
 public:
  /// An event, or the first message of a stream.
  void heard(PrimaryReport report);
  void stream_lost(std::string why);
  void mount_works() { mount_trouble_.reset(); }
  void mount_fails(std::string why) { mount_trouble_ = std::move(why); }

  [[nodiscard]] Standing standing() const;

 private:
  std::optional<PrimaryReport> report_;  ///< Nothing while no stream is open.
  std::string stream_trouble_ = "LiteFS has not answered yet";
  std::optional<std::string> mount_trouble_;
};

}  // namespace coppice::db::litefs
