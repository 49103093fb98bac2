#include "app/admin/sender_paths.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "app/admin/connection_control.hpp"
#include "supervisor/tree.hpp"

namespace coppice::app::admin {
namespace {

using actors::Pid;
using boost::json::value;

constexpr std::size_t kMostKnown = 10'000;

std::vector<value> parse_lines(std::string_view lines) {
  std::vector<value> out;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size());
    out.push_back(boost::json::parse(lines.substr(0, end)));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return out;
}

/// None if the line has no sender.
Pid sender_of(const value& line) {
  const auto* from = line.as_object().if_contains("from");
  if (from == nullptr) return {};
  return parse_pid(std::string(from->at("pid").as_string())).value_or(Pid());
}

}  // namespace

std::string SenderPaths::add_to(const std::string& lines) {
  auto messages = parse_lines(lines);
  std::vector<Pid> senders;
  for (const auto& message : messages) senders.push_back(sender_of(message));
  look_up(senders);
  std::string out;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    auto& message = messages[i];
    const auto known = known_.find(senders[i]);
    if (known != known_.end() && !known->second.empty()) {
      message.as_object().at("from").as_object()["path"] = known->second;
    }
    out += boost::json::serialize(message) + "\n";
  }
  return out;
}

/// All that are new in one walk through the tree.
void SenderPaths::look_up(const std::vector<Pid>& senders) {
  if (known_.size() > kMostKnown) known_.clear();
  std::vector<Pid> unknown;
  for (const Pid pid : senders) {
    if (pid && known_.try_emplace(pid).second) unknown.push_back(pid);
  }
  for (auto& [pid, path] : supervisor::find_paths(runtime_, unknown)) {
    known_[pid] = std::move(path);
  }
}

}  // namespace coppice::app::admin
