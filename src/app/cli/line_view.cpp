#include "app/cli/line_view.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

#include "app/clean_text.hpp"

namespace coppice::app::cli {
namespace {

using boost::json::object;

constexpr std::string_view kRed = "\033[31m";
constexpr std::string_view kYellow = "\033[33m";
constexpr std::string_view kPlain = "\033[0m";

std::optional<object> parse_line(std::string_view json) {
  boost::system::error_code error;
  auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

std::string field_text(const object& line, std::string_view key) {
  const auto* value = line.if_contains(key);
  if (value == nullptr) return {};
  return value->is_string() ? clean_text(value->as_string()) : boost::json::serialize(*value);
}

double field_number(const object& line, std::string_view key) {
  const auto* value = line.if_contains(key);
  return value != nullptr && value->is_number() ? value->to_number<double>() : 0;
}

std::string painted(std::string out, std::string_view paint, bool colour) {
  return colour && !paint.empty() ? std::string(paint) + out + std::string(kPlain) : out;
}

std::string_view paint_of_level(std::string_view level) {
  if (level == "error" || level == "critical") return kRed;
  return level == "warning" ? kYellow : "";
}

std::string_view paint_of_kind(std::string_view kind) {
  constexpr std::array<std::string_view, 4> kBad{"actor.crash", "sup.gave_up", "core.stalled",
                                                 "io.crash"};
  return std::ranges::find(kBad, kind) != kBad.end() ? kRed : "";
}

/// What a reader of any stream is told instead of a line.
std::optional<std::string> notice(const object& line) {
  if (line.contains("missed")) {
    return fmt::format("… {} lines were missed here: they came faster than they were read",
                       field_text(line, "missed"));
  }
  if (line.contains("ended")) return field_text(line, "ended");
  return std::nullopt;
}

std::string rendered(std::string_view json,
                     const std::function<std::string(const object& line)>& render) {
  const auto line = parse_line(json);
  if (!line) return std::string(json);
  const auto told = notice(*line);
  return told ? *told : render(*line);
}

void add_below(std::string& out, const std::string& lines) {
  for (std::size_t at = 0; at < lines.size();) {
    const auto end = std::min(lines.find('\n', at), lines.size());
    out += "\n    " + lines.substr(at, end - at);
    at = end + 1;
  }
}

std::string event_line(const object& line, bool colour) {
  const auto kind = field_text(line, "kind");
  std::string out = field_text(line, "at") + " " + painted(kind, paint_of_kind(kind), colour);
  if (line.contains("path")) out += " " + field_text(line, "path");
  std::string below;
  for (const auto& member : line) {
    const std::string_view key = member.key();
    if (key == "at" || key == "kind" || key == "path") continue;
    const auto value = field_text(line, key);
    if (value.find('\n') != std::string::npos) {
      below += value;
    } else {
      out += fmt::format(" {}={}", key, value);
    }
  }
  add_below(out, below);
  return out;
}

/// The sender's place, or its pid if it has none.
std::string sender_text(const object& line) {
  const auto* from = line.at("from").if_object();
  if (from == nullptr) return field_text(line, "from");
  return field_text(*from, from->contains("path") ? "path" : "pid");
}

std::string message_line(const object& line, bool colour) {
  constexpr double kSlowUs = 25'000;  // as the watchdog has it
  const double us = field_number(line, "us");
  const auto took =
      us < 10'000 ? fmt::format("{:8.1f} µs", us) : fmt::format("{:8.1f} ms", us / 1000);
  auto out =
      fmt::format("{} {}  {}", field_text(line, "at"),
                  painted(took, us >= kSlowUs ? kYellow : "", colour), field_text(line, "message"));
  if (line.contains("from")) out += "  from " + sender_text(line);
  out += fmt::format("  mailbox {}", field_text(line, "mailbox"));
  if (line.contains("waits")) out += "  and waits";
  if (line.contains("waited")) out += "  in all, having waited";
  return out;
}

}  // namespace

std::string render_log_line(std::string_view json, bool colour) {
  return rendered(json, [colour](const object& line) {
    const auto level = field_text(line, "level");
    std::string out = field_text(line, "time") + " " +
                      painted(level, paint_of_level(level), colour) + " " +
                      field_text(line, "text");
    if (line.contains("actor")) out += " actor=" + field_text(line, "actor");
    if (line.contains("request_id")) out += " request_id=" + field_text(line, "request_id");
    return out;
  });
}

std::string render_event(std::string_view json, bool colour) {
  return rendered(json, [colour](const object& line) { return event_line(line, colour); });
}

std::string render_message(std::string_view json, bool colour) {
  return rendered(json, [colour](const object& line) { return message_line(line, colour); });
}

}  // namespace coppice::app::cli
