#include "app/cluster/node.hpp"

#include <chrono>
#include <csignal>
#include <utility>

#include <spdlog/spdlog.h>

#include "app/cluster/broadcasts.hpp"
#include "app/cluster/discovery.hpp"
#include "app/cluster/presence_messages.hpp"
#include "db/codec.hpp"
#include "supervisor/port/port.hpp"
#include "supervisor/supervisor.hpp"

namespace coppice::app::cluster {

using actors::presence::Delta;
using actors::presence::Presence;
using actors::presence::Replica;
using supervisor::ChildSpec;
using supervisor::worker;

namespace {

constexpr std::string_view kNatsPath = "/cluster/nats";

std::int64_t microseconds_since_1970() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::microseconds>(since).count();
}

/// What can't be read is another release's mistake; it is said, and nothing more.
template <class T>
std::optional<T> read(actors::Result<T> what, const Sender& from) {
  if (what) return *std::move(what);
  SPDLOG_WARN("node {} says what can't be read: {}", from.node, what.error().message());
  return std::nullopt;
}

template <class Slot, class M>
void tell(const std::shared_ptr<Slot>& slot, M message) {
  if (const auto actor = slot->get()) actor->cast(std::move(message)).ignore();
}

void hear_members(const ClusterParts& parts, Handlers& handlers) {
  handlers[Kind::status] = [members = parts.members](const Sender& from, const std::string& body) {
    auto status = read(status_from_json(body), from);
    if (status) tell(members, Members::Heard{from, *std::move(status)});
  };
  handlers[Kind::farewell] = [members = parts.members](const Sender& from,
                                                       const std::string& /*body*/) {
    tell(members, Members::Left{from});
  };
}

void hear_questions(const ClusterParts& parts, Handlers& handlers) {
  handlers[Kind::question] = [questions = parts.questions](const Sender& from,
                                                           const std::string& body) {
    auto question = read(db::from_bytes<Question>(body), from);
    if (question) tell(questions, Questions::Asked{from, *std::move(question)});
  };
  handlers[Kind::answer] = [questions = parts.questions](const Sender& from,
                                                         const std::string& body) {
    auto answer = read(db::from_bytes<Answer>(body), from);
    if (answer) tell(questions, Questions::Answered{from, *std::move(answer)});
  };
}

void hear_presence(const ClusterParts& parts, Handlers& handlers) {
  const auto door = parts.presence;
  handlers[Kind::presence] = [door](const Sender& from, const std::string& body) {
    auto delta = read(delta_from_bytes(from.node, body), from);
    if (delta) door->cast(Presence::Merge{*std::move(delta)});
  };
  handlers[Kind::presence_beat] = [door](const Sender& from, const std::string& body) {
    const auto beat = read(db::from_bytes<SentBeat>(body), from);
    if (!beat) return;
    door->cast(Presence::Heard{.from = {from.node, static_cast<std::uint64_t>(beat->epoch)},
                               .position = static_cast<std::uint64_t>(beat->position)});
  };
  handlers[Kind::presence_request] = [door](const Sender& from, const std::string& /*body*/) {
    door->cast(Presence::Asked{from.node});
  };
}

/// Has a NATS server that runs read its configuration. One that is not there yet will; one that
/// starts just now may have read it already, and is told later.
actors::Result<void> reload_nats(actors::Runtime& runtime) {
  const auto place = runtime.root()->find(kNatsPath);
  if (!place) return {};
  const actors::ChildRef<supervisor::port::Port> nats(runtime, place);
  const auto sent = nats.cast(supervisor::port::Port::Signal{SIGHUP});
  if (sent) return {};
  return actors::fail(sent.error(), "the NATS server takes no orders yet");
}

}  // namespace

ClusterParts make_cluster(actors::Runtime& runtime, const Settings& settings,
                          std::string_view secret) {
  if (!settings.is_used()) return {};
  const auto seal = std::make_shared<const Seal>(secret);
  std::shared_ptr<NatsServer> nats;
  if (settings.runs_nats()) nats = std::make_shared<NatsServer>(settings, *seal);
  auto address = [nats, url = settings.nats_url]() -> actors::Result<NatsAddress> {
    return nats ? nats->address() : NatsAddress{.url = url};
  };
  const Sender self{.node = settings.node_name, .incarnation = microseconds_since_1970()};
  auto link = std::make_shared<LinkParts>(
      self, seal, open_nats(std::move(address), "coppice " + settings.node_name));
  auto slot = std::make_shared<Link::Slot>("the way to other nodes");
  return {.link = link,
          .bus = std::make_shared<const Bus>(link, slot),
          .link_slot = slot,
          .members = std::make_shared<Members::Slot>("the list of nodes"),
          .known = std::make_shared<Acquaintance>(),
          .questions = std::make_shared<Questions::Slot>("who asks other nodes"),
          .presence = std::make_shared<PresenceDoor>(runtime),
          .nats = std::move(nats),
          .is_ending = std::make_shared<std::atomic<bool>>(false)};
}

void connect(const ClusterParts& parts, const std::shared_ptr<actors::pubsub::Hub>& hub) {
  if (!parts.is_used()) return;
  Handlers& handlers = parts.link->handlers;
  handlers[Kind::broadcast] = [intake = std::make_shared<const Intake>(hub),
                               traffic = parts.link->traffic](const Sender& from,
                                                              const std::string& body) {
    const auto taken = intake->take(body);
    if (taken) return;
    if (taken.error() == actors::Errc::overloaded) {
      ++traffic->dropped;
    } else {
      SPDLOG_WARN("node {} says what can't be read: {}", from.node, taken.error().message());
    }
  };
  hear_members(parts, handlers);
  hear_presence(parts, handlers);
  hear_questions(parts, handlers);
}

std::optional<actors::presence::Peers> peers_of(const ClusterParts& parts) {
  if (!parts.is_used()) return std::nullopt;
  const auto bus = parts.bus;
  return actors::presence::Peers{
      .tell = [bus](const Delta& delta) { bus->tell_all(Kind::presence, delta_to_bytes(delta)); },
      .beat =
          [bus](const Replica& self, std::uint64_t position) {
            bus->tell_all(Kind::presence_beat, db::to_bytes(to_sent(self, position)));
          },
      .ask = [bus](const std::string& node) { bus->tell(node, Kind::presence_request, {}); },
      .answer =
          [bus](const std::string& node, const Delta& delta) {
            bus->tell(node, Kind::presence, delta_to_bytes(delta));
          }};
}

namespace {

ChildSpec discovery_child(const std::shared_ptr<NatsServer>& nats, const Settings& settings,
                          actors::Runtime& runtime) {
  auto known = [nats] { return nats->nodes(); };
  auto found = [nats, &runtime](const std::vector<std::string>& nodes,
                                bool starts) -> actors::Result<void> {
    if (auto written = nats->write(nodes); !written) return written;
    return starts ? actors::Result<void>() : reload_nats(runtime);
  };
  auto child = worker<Discovery>("discovery", settings, Resolve(&resolve),
                                 std::function<std::vector<std::string>()>(std::move(known)),
                                 Discovery::Found(std::move(found)));
  child.backoff = supervisor::Backoff{.max = std::chrono::seconds(30)};
  return child;
}

ChildSpec members_child(const ClusterParts& parts, const Settings& settings,
                        std::function<Status()> status) {
  const auto door = parts.presence;
  MembersOptions options{
      .down_after = settings.node_timeout,
      .status = std::move(status),
      .presence_beats = [door] { door->cast(Presence::Beat{}); },
      .is_down = [door](const std::string& node) { door->cast(Presence::NodeDown{node}); },
      .is_gone = [door](const std::string& node) { door->cast(Presence::NodeGone{node}); },
      .speaks = [version = parts.link->version](std::int64_t common) { *version = common; },
      .counted =
          [traffic = parts.link->traffic](std::size_t up, std::size_t down) {
            traffic->nodes_up = up;
            traffic->nodes_down = down;
          },
      .is_ending = [ending = parts.is_ending] { return ending->load(); }};
  return worker<Members>("members", parts.bus, std::move(options), parts.known, parts.members);
}

}  // namespace

ChildSpec cluster_child(actors::Runtime& runtime, const ClusterParts& parts,
                        const Settings& settings, ClusterWork work) {
  supervisor::SupervisorSpec spec{
      .flags = {.strategy = supervisor::Strategy::rest_for_one, .intensity = {.intensity = 10}},
      .children = {}};
  if (parts.nats) {
    spec.children.push_back(discovery_child(parts.nats, settings, runtime));
    spec.children.push_back(NatsServer::child(parts.nats));
  }
  auto link = worker<Link>("link", parts.link, parts.link_slot);
  link.options.placement = actors::Placement::own_thread();
  link.options.mailbox = {.capacity = Link::kMostWaiting};
  link.backoff = supervisor::Backoff{.max = std::chrono::seconds(30)};
  spec.children.push_back(std::move(link));
  spec.children.push_back(members_child(parts, settings, std::move(work.status)));
  spec.children.push_back(worker<Questions>("questions", parts.bus, parts.members,
                                            std::move(work.answers), parts.questions));
  return supervisor::supervisor_child("cluster", std::move(spec));
}

}  // namespace coppice::app::cluster
