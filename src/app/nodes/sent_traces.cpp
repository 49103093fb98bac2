#include "app/nodes/sent_traces.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace coppice::app::nodes {
namespace {

using Contexts = std::vector<std::optional<tracing::TraceContext>>;

void read_one(std::string_view text, Contexts& contexts) {
  std::size_t index = 0;
  const char* const end = text.data() + text.size();
  const auto [equals, error] = std::from_chars(text.data(), end, index);
  if (error != std::errc() || equals == end || *equals != '=') return;
  if (index >= contexts.size()) return;
  const std::string_view traceparent(equals + 1, end);
  contexts[index] = tracing::parse_trace_context(traceparent, {});
}

}  // namespace

std::string to_sent(const std::vector<std::string>& traces) {
  std::string sent;
  std::size_t count = 0;
  for (std::size_t i = 0; i < traces.size() && count < kMostSentTraces; ++i) {
    if (traces[i].empty()) continue;
    sent += fmt::format("{}{}={}", sent.empty() ? "" : ",", i, traces[i]);
    ++count;
  }
  return sent;
}

Contexts read_traces(std::string_view sent, std::size_t commands) {
  Contexts contexts(commands);
  for (std::size_t count = 0; !sent.empty() && count < kMostSentTraces; ++count) {
    const auto comma = std::min(sent.find(','), sent.size());
    read_one(sent.substr(0, comma), contexts);
    sent.remove_prefix(std::min(comma + 1, sent.size()));
  }
  return contexts;
}

}  // namespace coppice::app::nodes
