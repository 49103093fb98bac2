#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace coppice::app::cluster {

/// How this node speaks to the others, for operators. Outlives the link's incarnations.
///
/// Thread: any.
struct Traffic {
  std::atomic<bool> is_connected{false};
  std::atomic<std::uint64_t> sent{0};         ///< Messages.
  std::atomic<std::uint64_t> sent_bytes{0};   ///< Of them, before they were sealed.
  std::atomic<std::uint64_t> unsent{0};       ///< Messages that found no room, or no way.
  std::atomic<std::uint64_t> dropped{0};      ///< Broadcasts that came, and found no room.
  std::atomic<std::uint64_t> connections{0};  ///< How often one has been made.
  std::atomic<std::size_t> nodes_up{0};       ///< Others.
  std::atomic<std::size_t> nodes_down{0};
};

}  // namespace coppice::app::cluster
