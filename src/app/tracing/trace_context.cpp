#include "app/tracing/trace_context.hpp"

#include <algorithm>
#include <cstring>
#include <random>
#include <span>

namespace coppice::app::tracing {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kLength = 55;  // of version 00: 2-32-16-2 digits with their dashes
constexpr std::size_t kLongestState = 512;
constexpr std::uint8_t kSampled = 1;

bool is_digit(char c) { return kDigits.contains(c); }

/// Whether these are digits for the bytes, in lower case as the standard wants them.
bool read_hex(std::string_view digits, std::span<std::uint8_t> bytes) {
  if (digits.size() != 2 * bytes.size() || !std::ranges::all_of(digits, is_digit)) return false;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto high = kDigits.find(digits[2 * i]);
    bytes[i] = static_cast<std::uint8_t>(16 * high + kDigits.find(digits[2 * i + 1]));
  }
  return true;
}

std::string hex(std::span<const std::uint8_t> bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const auto byte : bytes) {
    text += kDigits[byte >> 4U];
    text += kDigits[byte & 15U];
  }
  return text;
}

bool is_zero(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; });
}

bool is_acceptable_state(std::string_view state) {
  const auto printable = [](char c) { return c >= ' ' && c <= '~'; };
  return state.size() <= kLongestState && std::ranges::all_of(state, printable);
}

/// Ids need not be secret, only different from all others: so no system call for each.
std::uint64_t random_bits() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator();
}

template <class Id>
Id make_id() {
  Id id{};
  while (is_zero(id)) {
    for (std::size_t at = 0; at < id.size(); at += sizeof(std::uint64_t)) {
      const auto bits = random_bits();
      std::memcpy(id.data() + at, &bits, sizeof(bits));
    }
  }
  return id;
}

}  // namespace

std::optional<TraceContext> parse_trace_context(std::string_view traceparent,
                                                std::string_view tracestate) {
  const std::string_view text = traceparent;
  if (text.size() < kLength || text[2] != '-' || text[35] != '-' || text[52] != '-') return {};
  std::array<std::uint8_t, 1> version{};
  std::array<std::uint8_t, 1> flags{};
  TraceContext context;
  const bool well_formed =
      read_hex(text.substr(0, 2), version) && read_hex(text.substr(3, 32), context.trace) &&
      read_hex(text.substr(36, 16), context.span) && read_hex(text.substr(53, 2), flags);
  if (!well_formed || version[0] == 0xFF) return {};
  // Later versions may have more behind another dash.
  const bool has_more = text.size() > kLength;
  if (has_more && (version[0] == 0 || text[kLength] != '-')) return {};
  if (is_zero(context.trace) || is_zero(context.span)) return {};
  context.sampled = (flags[0] & kSampled) != 0;
  if (is_acceptable_state(tracestate)) context.state = tracestate;
  return context;
}

std::string to_traceparent(const TraceContext& context) {
  return "00-" + to_hex(context.trace) + "-" + to_hex(context.span) +
         (context.sampled ? "-01" : "-00");
}

std::string to_hex(const TraceId& id) { return hex(id); }
std::string to_hex(const SpanId& id) { return hex(id); }

TraceId make_trace_id() { return make_id<TraceId>(); }
SpanId make_span_id() { return make_id<SpanId>(); }

}  // namespace coppice::app::tracing
