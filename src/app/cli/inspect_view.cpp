#include "app/cli/inspect_view.hpp"

#include <algorithm>
#include <utility>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <fmt/format.h>

namespace coppice::app::cli {
namespace {

constexpr std::size_t kNameWidth = 20;

std::string plain(const boost::json::value& value) {
  if (value.is_double()) return fmt::format("{:.3f}", value.as_double());
  return value.is_string() ? std::string(value.as_string()) : boost::json::serialize(value);
}

/// Whether any of the elements, which are objects, has a text of several lines, as a stack.
bool has_lines(const boost::json::array& elements) {
  return std::ranges::any_of(elements, [](const boost::json::value& element) {
    return std::ranges::any_of(element.as_object(), [](const auto& member) {
      return member.value().is_string() &&
             member.value().as_string().find('\n') != std::string::npos;
    });
  });
}

bool is_list_of_objects(const boost::json::value& value) {
  return value.is_array() && !value.as_array().empty() && value.as_array().front().is_object();
}

/// "type=Execute waited_ms=1200.000"
std::string in_a_line(const boost::json::value& value) {
  std::string out;
  for (const auto& member : value.as_object()) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", std::string_view(member.key()),
                       plain(member.value()));
  }
  return out;
}

void add(std::string& out, std::string name, const boost::json::value& value, std::size_t depth);

/// Each member on a line, and an empty line between two elements.
void add_blocks(std::string& out, const boost::json::array& elements, std::size_t depth) {
  bool is_first = true;
  for (const auto& element : elements) {
    if (!std::exchange(is_first, false)) out += "\n";
    for (const auto& member : element.as_object()) {
      add(out, std::string(member.key()), member.value(), depth);
    }
  }
}

void add(std::string& out, std::string name, const boost::json::value& value, std::size_t depth) {
  const std::string indent(2 * depth, ' ');
  if (is_list_of_objects(value)) {
    out += indent + name + "\n";
    if (has_lines(value.as_array())) {
      add_blocks(out, value.as_array(), depth + 1);
      return;
    }
    for (const auto& element : value.as_array()) out += indent + "  " + in_a_line(element) + "\n";
    return;
  }
  if (value.is_object() && !value.as_object().empty()) {
    out += indent + name + "\n";
    for (const auto& member : value.as_object()) {
      add(out, std::string(member.key()), member.value(), depth + 1);
    }
    return;
  }
  const std::string text = plain(value);
  if (text.empty()) {
    out += indent + name + "\n";
    return;
  }
  if (text.find('\n') == std::string::npos) {
    name.resize(std::max(name.size() + 1, kNameWidth), ' ');
    out += indent + name + text + "\n";
    return;
  }
  // A stack: one frame a line, below its name.
  out += indent + name + "\n";
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += indent + "  " + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
}

}  // namespace

std::string render_actor(std::string_view json) {
  const auto value = boost::json::parse(json);
  std::string out;
  for (const auto& member : value.as_object()) {
    add(out, std::string(member.key()), member.value(), 0);
  }
  return out;
}

}  // namespace coppice::app::cli
