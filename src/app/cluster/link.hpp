#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "actors/server.hpp"
#include "app/cluster/inbox.hpp"
#include "app/cluster/letter.hpp"
#include "app/cluster/outbox.hpp"
#include "app/cluster/subjects.hpp"
#include "app/cluster/traffic.hpp"
#include "app/cluster/wire.hpp"
#include "db/child_slot.hpp"

namespace coppice::app::cluster {

/// What is done with the messages of other nodes, by kind; those of others are dropped. Called on
/// the wire's thread, one at a time.
using Handlers = std::map<Kind, std::function<void(const Sender& from, std::string body)>>;

/// Bytes that wait to be sent, for as long as the message that has them lives.
class WaitingBytes {
 public:
  WaitingBytes() noexcept = default;
  WaitingBytes(std::shared_ptr<std::atomic<std::size_t>> total, std::size_t bytes) noexcept
      : total_(std::move(total)), bytes_(bytes) {
    *total_ += bytes_;
  }
  WaitingBytes(WaitingBytes&& other) noexcept = default;
  WaitingBytes& operator=(WaitingBytes&& other) noexcept = delete;
  ~WaitingBytes() {
    if (total_) *total_ -= bytes_;
  }

 private:
  std::shared_ptr<std::atomic<std::size_t>> total_;
  std::size_t bytes_ = 0;
};

/// What the link's incarnations share.
struct LinkParts {
  Sender self;
  Subjects subjects;
  Outbox outbox;  ///< The link's.
  Inbox inbox;    ///< The wire's; guarded by the mutex, since two wires may overlap.
  std::mutex inbox_mutex{};
  std::shared_ptr<Traffic> traffic = std::make_shared<Traffic>();
  std::shared_ptr<std::atomic<std::size_t>> waiting =
      std::make_shared<std::atomic<std::size_t>>(0);  ///< Bytes; see WaitingBytes.
  Handlers handlers{};  ///< Added before the link starts; they must not own this.
  /// The version in which nodes speak: the newest that all have in common.
  std::shared_ptr<std::atomic<std::int64_t>> version =
      std::make_shared<std::atomic<std::int64_t>>(kNewestVersion);
  OpenWire open;

  LinkParts(Sender node, const std::shared_ptr<const Seal>& seal, OpenWire how)
      : self(node),
        subjects(seal->cluster_name()),
        outbox(node, seal),
        inbox(node, seal),
        open(std::move(how)) {}
};

/// The worker `/cluster/link`: this node's way to the others. It seals and sends what other actors
/// tell it to, and hands what arrives to the handlers.
///
/// Messages of one sender to one receiver arrive in their order, once at the most: what is lost
/// with a connection is counted (Inbox), and not sent again. A wire that has been given up is a
/// crash: the next incarnation has another one.
///
/// Thread: its own, since NATS may block it.
class Link final : public actors::Server<Link> {
 public:
  using Slot = db::ChildSlot<Link>;

  /// Messages and their bytes that may wait to be sent; more are not, and counted.
  static constexpr std::size_t kMostWaiting = 16384;
  static constexpr std::size_t kMostWaitingBytes = std::size_t{32} << 20U;

  Link(std::shared_ptr<LinkParts> parts, std::shared_ptr<Slot> slot);

  void init();

  struct Send {
    std::string to{};  ///< A node; empty for all.
    Kind kind{};
    std::string body{};
    WaitingBytes waiting{};
    [[nodiscard]] std::size_t bytes() const noexcept { return body.size(); }
  };
  void handle(const Send& message);

  /// Answered when everything before it is on its way.
  struct Flush {
    using Reply = void;
  };
  void handle(Flush message);

  [[nodiscard]] std::string describe() const override;

 private:
  void require_wire() const;

  const std::shared_ptr<LinkParts> parts_;
  const std::shared_ptr<Slot> slot_;
  std::unique_ptr<Wire> wire_;
};

/// Tells other nodes something, through whichever incarnation of the link lives. What finds no link
/// is not sent, and counted.
///
/// Thread: any.
class Bus {
 public:
  Bus(std::shared_ptr<LinkParts> parts, std::shared_ptr<Link::Slot> slot)
      : parts_(std::move(parts)), slot_(std::move(slot)) {}

  void tell_all(Kind kind, std::string body) const { tell({}, kind, std::move(body)); }
  void tell(std::string node, Kind kind, std::string body) const;

  /// Waits until what has been told is on its way, or for @p patience.
  [[nodiscard]] actors::Task<void> flush(actors::Duration patience) const;

  [[nodiscard]] const Sender& self() const noexcept { return parts_->self; }

 private:
  const std::shared_ptr<LinkParts> parts_;
  const std::shared_ptr<Link::Slot> slot_;
};

}  // namespace coppice::app::cluster
