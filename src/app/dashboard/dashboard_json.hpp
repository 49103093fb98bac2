#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "actors/events.hpp"
#include "actors/time.hpp"
#include "app/dashboard/history.hpp"
#include "app/dashboard/tree_look.hpp"

namespace coppice::app::dashboard {

/// An event as pages show it.
struct Incident {
  std::uint64_t number = 0;  ///< Counts them, from 1.
  std::chrono::system_clock::time_point at;
  actors::EventKind kind{};
  std::string path;
  std::string text;  ///< The reason, or what else there is to say.
};

/// What pages know of the server beside its actors.
struct ServerFacts {
  std::string version;
  std::chrono::system_clock::time_point now;
  std::chrono::seconds uptime{};
  actors::Duration interval{};  ///< Between two samples.
};

/// The tree with its newest samples, and the last events: all that a page shows at first sight.
[[nodiscard]] std::string overview_json(const ServerFacts& facts,
                                        const std::vector<SeenActor>& actors,
                                        const History& history,
                                        const std::deque<Incident>& incidents);

/// A series as lists, oldest first.
[[nodiscard]] std::string series_json(const Series& series, actors::Duration interval);

}  // namespace coppice::app::dashboard
