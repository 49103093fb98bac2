#include "supervisor/partition_supervisor.hpp"

#include "actors/shard.hpp"

namespace coppice::supervisor {
namespace {

using actors::Placement;

// Runs when the supervisor starts: only then is it known how many shards there are.
SupervisorSpec partitions_of(const ChildSpec& partition, const PartitionOptions& options) {
  const std::uint32_t shards = actors::Shard::current()->runtime().shard_count();
  const std::uint32_t count = options.partitions == 0 ? shards : options.partitions;
  SupervisorSpec spec{{.intensity = options.intensity}, {}};
  spec.children.reserve(count);
  for (std::uint32_t i = 0; i < count; ++i) {
    ChildSpec& child = spec.children.emplace_back(partition);
    child.id = std::to_string(i);
    if (child.options.placement == Placement::inherit()) {
      child.options.placement = Placement::shard(i % shards);
    }
  }
  return spec;
}

}  // namespace

ChildSpec partition_supervisor_child(std::string id, ChildSpec partition,
                                     PartitionOptions options) {
  const Supervisor::MakeSpec make = [partition = std::move(partition), options] {
    return std::optional(partitions_of(partition, options));
  };
  return {.id = std::move(id),
          .start = actors::make_factory<Supervisor>(make),
          .type = ChildType::supervisor};
}

}  // namespace coppice::supervisor
