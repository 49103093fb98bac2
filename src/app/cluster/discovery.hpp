#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "app/cluster/settings.hpp"

namespace coppice::app::cluster {

/// The addresses of a name, IPv4 and IPv6; may block. Errors: not_found; unavailable.
using Resolve = std::function<actors::Result<std::vector<std::string>>(const std::string& name)>;
[[nodiscard]] actors::Result<std::vector<std::string>> resolve(const std::string& name);

/// The worker `/cluster/discovery`: finds out where the other nodes are. A name is looked up again
/// and again, since nodes come and go; while it can't be, the nodes that were found last count. The
/// first look, for which the tree's start waits, is a short one.
///
/// Thread: its shard; looks on one of the runtime's threads for what blocks.
class Discovery final : public actors::Server<Discovery> {
 public:
  static constexpr auto kInterval = std::chrono::seconds(5);

  /// Has nodes be known. Its errors are said, and it is called again after the next look.
  /// @param starts  It is called by init(): what comes after this actor in the tree does not run.
  using Found =
      std::function<actors::Result<void>(const std::vector<std::string>& nodes, bool starts)>;

  /// @param known  The nodes that an incarnation before this one has found.
  /// @param found  Called with all nodes, sorted, when they are others than before; the first time
  ///     before init() ends, which fails if it does.
  Discovery(Settings settings, Resolve resolve, std::function<std::vector<std::string>()> known,
            Found found);

  actors::Task<void> init();

  /// Sent by the actor to itself.
  struct Look {};
  void handle(Look message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<actors::Result<void>> look(bool starts);
  actors::Task<actors::Result<std::vector<std::string>>> look_up(std::chrono::seconds longest);
  actors::Result<void> tell(std::vector<std::string> nodes, bool starts);

  const Settings settings_;
  const Resolve resolve_;
  const std::function<std::vector<std::string>()> known_;
  const Found found_;
  std::vector<std::string> nodes_;
  std::string trouble_;
  bool has_told_ = false;
};

}  // namespace coppice::app::cluster
