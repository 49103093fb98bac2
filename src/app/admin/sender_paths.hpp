#pragma once

#include <map>
#include <string>
#include <vector>

#include "actors/pid.hpp"
#include "actors/runtime.hpp"

namespace coppice::app::admin {

/// Says in the lines of a trace where those live who sent the messages. Apart from the traced
/// actor, since it looks through the tree: a sender that has ended by then is not found.
///
/// Thread: one at a time.
class SenderPaths {
 public:
  explicit SenderPaths(const actors::Runtime& runtime) : runtime_(runtime) {}

  /// @param lines  JSON with line ends. `{"from":{"pid":"<0.4.1>"}}` gets a `path` there if that
  /// actor has a place in the tree.
  [[nodiscard]] std::string add_to(const std::string& lines);

 private:
  void look_up(const std::vector<actors::Pid>& senders);

  const actors::Runtime& runtime_;
  std::map<actors::Pid, std::string> known_;  // empty paths for those without one
};

}  // namespace coppice::app::admin
