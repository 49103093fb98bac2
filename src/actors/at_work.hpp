#pragma once

#include <string>

#include "actors/pid.hpp"
#include "actors/shard.hpp"

namespace coppice::actors {

/// Who holds a shard's thread at one moment, and with what.
struct AtWork {
  Pid pid;              ///< None if it rests, or runs what is nobody's.
  std::string path;     ///< The actor's place in the tree; empty if it has none.
  std::string type;     ///< The actor's; empty where Asio runs on its behalf.
  std::string message;  ///< The message's type, or what a WorkNote says.
};

/// Asks nobody, so that it works while the shard is stuck. Looks through the whole tree for the
/// place: not for what happens often. Thread: any.
[[nodiscard]] AtWork at_work(const Shard& shard);

/// "/database/writer with coppice::db::Writer::Execute"; empty for nobody with nothing.
[[nodiscard]] std::string to_string(const AtWork& who);

}  // namespace coppice::actors
