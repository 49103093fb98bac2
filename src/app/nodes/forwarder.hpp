#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "actors/server.hpp"
#include "app/nodes/link.hpp"
#include "app/nodes/sent_batch.hpp"
#include "db/child_slot.hpp"
#include "db/forward.hpp"
#include "db/replication.hpp"

namespace coppice::app::nodes {

/// Sends the commands of a replica to the primary: what waits goes as one request, a few requests
/// at a time, each once, or twice if the first to be asked says that another is the primary now.
/// Who asks tries again (see db::Forward).
///
/// Thread: its shard; requests are sent on the runtime's threads for what blocks.
class Forwarder final : public actors::Server<Forwarder> {
 public:
  using Slot = db::ChildSlot<Forwarder>;
  /// What a node is sent.
  struct Parcel {
    std::string body{};    ///< SentCommands
    std::string traces{};  ///< See kTracesHeader; may be empty.
  };
  /// Posts a parcel to the commands of a node; Link::post() but in tests.
  using Post = std::function<actors::Result<Link::Answer>(
      const std::string& node, const Parcel& parcel, std::chrono::milliseconds timeout,
      const std::stop_token& stop)>;

  static constexpr std::size_t kMostWaiting = 4096;
  static constexpr std::size_t kMostInBatch = 256;
  static constexpr std::size_t kMostBatchBytes = std::size_t{4} << 20U;
  static constexpr int kMostUnderWay = 4;

  Forwarder(std::shared_ptr<const db::Replication> replication, Post post,
            std::shared_ptr<Slot> slot);

  void init();

  /// Errors: overloaded when too much waits; cancelled at the end.
  struct Forward {
    using Reply = db::Forwarded;
    db::Command command;
    actors::Time deadline;
    [[nodiscard]] std::size_t bytes() const noexcept { return byte_size(command); }
  };
  void handle(Forward message, actors::ReplyTo<db::Forwarded> reply);

  /// Sends what waits; sent by the forwarder to itself, behind the mail that waits.
  struct Pump {};
  void handle(Pump message);

  [[nodiscard]] std::string describe() const override;

 private:
  struct Waiting {
    db::Command command;
    actors::Time deadline;
    actors::ReplyTo<db::Forwarded> reply;
  };
  using Batch = std::vector<Waiting>;

  void pump_soon();
  [[nodiscard]] Batch take_batch();
  actors::Task<void> send(Batch batch);
  actors::Task<actors::Result<Link::Answer>> ask(std::string node, Parcel parcel,
                                                 std::chrono::milliseconds timeout);
  actors::Task<actors::Result<Link::Answer>> ask_once(std::string node, Parcel parcel,
                                                      std::chrono::milliseconds timeout);
  [[nodiscard]] actors::Result<std::vector<SentResult>> read(
      const actors::Result<Link::Answer>& answer, std::size_t count);
  void answer(Batch batch, actors::Result<std::vector<SentResult>> results);

  const std::shared_ptr<const db::Replication> replication_;
  const Post post_;
  const std::shared_ptr<Slot> slot_;
  std::stop_source stop_;
  Batch waiting_;  // The oldest first.
  bool pump_is_under_way_ = false;
  int under_way_ = 0;
  std::uint64_t sent_ = 0;      // Commands that were answered.
  std::uint64_t requests_ = 0;  // That have been sent.
  std::uint64_t failures_ = 0;  // Of them.
  std::string trouble_;         // Of the last request, if it failed.
};

/// Reaches the forwarder, whichever incarnation lives.
[[nodiscard]] db::Forward forward_through(std::shared_ptr<Forwarder::Slot> slot);

}  // namespace coppice::app::nodes
