#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/pubsub/hub.hpp"
#include "actors/server.hpp"

namespace coppice::actors::pubsub {

/// A broadcast with a text.
class Text final : public Broadcast {
 public:
  explicit Text(std::string text) : text_(std::move(text)) {}
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
};

[[nodiscard]] inline BroadcastPtr text(std::string text) {
  return std::make_shared<const Text>(std::move(text));
}

[[nodiscard]] inline const std::string& text_of(const BroadcastPtr& broadcast) {
  return dynamic_cast<const Text&>(*broadcast).text();
}

using Texts = std::shared_ptr<std::vector<std::string>>;

[[nodiscard]] inline Texts no_texts() { return std::make_shared<std::vector<std::string>>(); }

/// An actor that does what it is told and notes what it receives.
class Probe : public Server<Probe> {
 public:
  explicit Probe(std::shared_ptr<Hub> hub = nullptr, std::string topic = {},
                 Texts received = no_texts())
      : hub_(std::move(hub)), topic_(std::move(topic)), received_(std::move(received)) {}

  void init() {
    if (hub_) subscriptions.push_back(hub_->subscribe(topic_, self()));
  }

  /// Runs a function inside the actor.
  struct Run {
    using Reply = void;
    std::function<void(Probe&)> what;
  };
  void handle(const Run& run) { run.what(*this); }

  /// The same without an answer.
  struct Post {
    std::function<void(Probe&)> what;
  };
  void handle(const Post& post) { post.what(*this); }

  void handle(const Delivery& delivery) { received_->push_back(text_of(delivery.broadcast)); }

  /// Subscribes in place; what comes is noted in @p received.
  void listen(const std::shared_ptr<Hub>& hub, const std::string& topic, const Texts& received) {
    listen(hub, topic, [received](const BroadcastPtr& b) { received->push_back(text_of(b)); });
  }
  void listen(const std::shared_ptr<Hub>& hub, const std::string& topic, Deliver deliver) {
    subscriptions.push_back(hub->subscribe(topic, self().pid(), std::move(deliver)));
  }

  [[nodiscard]] Ref<Probe> me() const noexcept { return self(); }

  std::vector<Subscription> subscriptions;

 private:
  std::shared_ptr<Hub> hub_;
  std::string topic_;
  Texts received_;
};

}  // namespace coppice::actors::pubsub
