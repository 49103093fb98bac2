#include "app/systemd/shard_probe.hpp"

#include <cstdint>

#include <boost/asio/post.hpp>

namespace coppice::app::systemd {

void ShardProbe::ask() {
  if (!answered()) return;
  owed_->store(runtime_.shard_count());
  for (std::uint32_t index = 0; index < runtime_.shard_count(); ++index) {
    boost::asio::post(runtime_.shard(index).io(), [owed = owed_] { owed->fetch_sub(1); });
  }
}

}  // namespace coppice::app::systemd
