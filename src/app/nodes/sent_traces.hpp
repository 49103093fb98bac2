#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/tracing/trace_context.hpp"

/// Which of the writes that one node sends to another are part of a trace.
namespace coppice::app::nodes {

/// The header that says so, beside SentCommands. A header, as nodes of releases that don't know it
/// leave it alone: traces need no version of what nodes say to each other.
inline constexpr std::string_view kTracesHeader = "coppice-traces";

/// Of one request; the spans of others don't reach the primary. 4 KiB at the most.
inline constexpr std::size_t kMostSentTraces = 64;

/// The header's value: "0=00-4bf9…-00f0…-01,3=00-…", by the commands' places; empty for none.
/// @param traces  A `traceparent` for each command, or an empty text.
[[nodiscard]] std::string to_sent(const std::vector<std::string>& traces);

/// The context of each of so many commands, where it has one. What can't be read is none.
[[nodiscard]] std::vector<std::optional<tracing::TraceContext>> read_traces(std::string_view sent,
                                                                            std::size_t commands);

}  // namespace coppice::app::nodes
