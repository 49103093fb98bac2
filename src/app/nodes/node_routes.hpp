#pragma once

#include <memory>
#include <string_view>

#include "app/tracing/tracer.hpp"
#include "db/database.hpp"
#include "net/http/route.hpp"
#include "net/http/router.hpp"

namespace coppice::app::nodes {

inline constexpr std::string_view kCommandsPath = "/v1/commands";
inline constexpr std::string_view kReadsPath = "/v1/reads";
inline constexpr std::string_view kArrivalsPath = "/v1/arrivals";

/// What other nodes of the cluster ask: `POST /v1/commands` runs SentCommands and answers with
/// SentResults, in order; `POST /v1/reads` answers a SentRead with a SentAnswer, which is
/// empty where the read's position is missing here as well; `POST /v1/arrivals` takes note of a
/// SentArrival. 409 with a Refusal on a node that is not the primary, which sends nothing on, and
/// says who is; 400 for what can't be read, and with a Refusal for a version that is not spoken
/// here; 422 for a read whose answer has no end.
///
/// @param site  What the server's own clients are answered by, without the endpoint's plugs, which
///              a read has passed where it came from; but for tracing::go_on_with_traces().
/// @param tracer  What is done here for a trace of another node's is recorded there; may be null.
[[nodiscard]] net::http::Routes node_routes(const db::Database& database,
                                            std::shared_ptr<const net::http::Router> site,
                                            tracing::TracerPtr tracer);

}  // namespace coppice::app::nodes
