#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "actors/server.hpp"
#include "app/cluster/link.hpp"
#include "app/cluster/members.hpp"
#include "db/child_slot.hpp"

namespace coppice::app::cluster {

/// What a node is asked, and what it answers.
struct Question {
  std::int64_t id = 0;
  std::string what;
  auto fields(this auto& self) { return std::tie(self.id, self.what); }
};

struct Answer {
  std::int64_t id = 0;
  bool is_known = false;  ///< Whether the node can answer that.
  std::string text;
  auto fields(this auto& self) { return std::tie(self.id, self.is_known, self.text); }
};

/// What one node has answered, or why it has not.
struct NodeAnswer {
  std::string node;
  std::string text;
  std::string trouble;  ///< Empty if it has answered.
};

/// Answers a question about this node. Called on the actor's shard, so it must be quick.
using Answers = std::map<std::string, std::function<std::string()>>;

/// The worker `/cluster/questions`: asks the other nodes what operators want to know of all of
/// them, and answers those of other nodes.
class Questions final : public actors::Server<Questions> {
 public:
  using Slot = db::ChildSlot<Questions>;

  static constexpr auto kPatience = std::chrono::seconds(2);

  Questions(std::shared_ptr<const Bus> bus, std::shared_ptr<Members::Slot> members, Answers answers,
            std::shared_ptr<Slot> slot);

  void init();

  /// Asks all nodes that are up. Answered when they have answered, after kPatience at the latest.
  /// Errors: unavailable.
  struct Ask {
    using Reply = std::vector<NodeAnswer>;
    std::string what;
  };
  void handle(Ask message, actors::ReplyTo<std::vector<NodeAnswer>> reply);

  /// Another node asks.
  struct Asked {
    Sender from;
    Question question;
  };
  void handle(const Asked& message);

  /// Another node has answered.
  struct Answered {
    Sender from;
    Answer answer;
  };
  void handle(Answered message);

  /// Sent by the actor to itself: who has not answered by now does not.
  struct Overdue {
    std::int64_t id = 0;
  };
  void handle(Overdue message);

  [[nodiscard]] std::string describe() const override;

 private:
  struct Open {
    std::set<std::string> awaited;
    std::vector<NodeAnswer> answers;
    actors::ReplyTo<std::vector<NodeAnswer>> reply;
  };

  actors::Task<void> ask(std::string what, actors::ReplyTo<std::vector<NodeAnswer>> reply);
  void close(std::map<std::int64_t, Open>::iterator open);

  const std::shared_ptr<const Bus> bus_;
  const std::shared_ptr<Members::Slot> members_;
  const Answers known_;
  const std::shared_ptr<Slot> slot_;
  std::map<std::int64_t, Open> open_;  // By id.
  std::int64_t last_id_ = 0;
  std::uint64_t answered_ = 0;
};

}  // namespace coppice::app::cluster
