#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "app/http/read_your_writes.hpp"
#include "app/nodes/link.hpp"
#include "db/replication.hpp"

namespace coppice::app::nodes {

/// Posts a body to a node, and gives its answer; see Link::post(). Blocks.
using PostRead = std::function<actors::Result<Link::Answer>(
    const std::string& node, const std::string& body, std::chrono::milliseconds timeout)>;

/// Has the primary answer what has not arrived on this replica. Two requests at a time, since they
/// share the threads for what blocks with the writes; more are not asked, nor is anything where no
/// primary is known, or where it has not answered within the last three seconds. An answer of 500
/// and above is none.
[[nodiscard]] http::AskPrimary ask_primary(std::shared_ptr<const db::Replication> replication,
                                           PostRead post);

}  // namespace coppice::app::nodes
