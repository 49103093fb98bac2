#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/cluster/wire.hpp"

namespace coppice::app::cluster {

/// Carries letters between nodes of one process in NATS's place, and loses or repeats them on
/// demand. Whoever sends them has them delivered at once.
class Switchboard {
 public:
  /// What becomes of a letter from one node on its way to another.
  enum class Fate { delivered, lost, repeated };
  std::function<Fate(const std::string& from, const std::string& to)> fate =
      [](const std::string&, const std::string&) { return Fate::delivered; };
  bool refuses = false;                 ///< Publishing fails.
  std::optional<std::string> given_up;  ///< And always will.

  OpenWire open(std::string node) {
    return
        [this, node = std::move(node)](std::vector<std::string> subjects,
                                       WireEvents events) -> actors::Result<std::unique_ptr<Wire>> {
          return std::make_unique<Plug>(*this, node, std::move(subjects), std::move(events));
        };
  }

 private:
  class Plug final : public Wire {
   public:
    Plug(Switchboard& board, std::string node, std::vector<std::string> subjects, WireEvents events)
        : board_(board),
          node_(std::move(node)),
          subjects_(std::move(subjects)),
          events_(std::move(events)) {
      board_.plugs_.push_back(this);
      events_.changed(true, "plugged in");
    }
    Plug(const Plug&) = delete;
    Plug& operator=(const Plug&) = delete;
    ~Plug() override { std::erase(board_.plugs_, this); }

    actors::Result<void> publish(const std::string& subject, std::string_view bytes) override {
      if (board_.refuses) return actors::fail(actors::Errc::overloaded, "refused");
      for (Plug* to : board_.plugs_) {
        if (to == this || std::ranges::find(to->subjects_, subject) == to->subjects_.end())
          continue;
        const Fate meets = board_.fate(node_, to->node_);
        if (meets == Fate::lost) continue;
        to->events_.received(subject, bytes);
        if (meets == Fate::repeated) to->events_.received(subject, bytes);
      }
      return {};
    }
    void flush() override {}
    [[nodiscard]] bool is_connected() const override { return true; }
    [[nodiscard]] std::optional<std::string> given_up() const override { return board_.given_up; }

   private:
    Switchboard& board_;
    const std::string node_;
    const std::vector<std::string> subjects_;
    const WireEvents events_;
  };

  std::vector<Plug*> plugs_;
};

}  // namespace coppice::app::cluster
