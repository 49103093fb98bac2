#include "app/changes/changes_channel.hpp"

#include <chrono>
#include <utility>
#include <vector>

#include "app/changes/wish.hpp"
#include "app/content/json_writer.hpp"
#include "net/channels/read_payload.hpp"

namespace coppice::app::changes {

using actors::Errc;
using actors::Result;
using net::channels::Broadcast;
using net::channels::Payload;
using net::channels::Reply;

namespace {

constexpr auto kPageTimeout = std::chrono::seconds(5);

constexpr std::size_t kMostBatchesWaiting = 256;

Payload reason(std::string_view why) { return Payload::object({{"reason", why}}); }

/// Of a failure that the client didn't cause it isn't told the details.
Payload reason_of(const actors::Error& error) {
  const bool clients = error.code == Errc::invalid_argument || error.code == Errc::too_large;
  return reason(clients ? std::string_view(error.context) : "unavailable");
}

std::optional<std::string> cursor_in(const Payload& payload) {
  const auto object = net::channels::read_object(payload);
  const auto* cursor = object ? object->if_contains("cursor") : nullptr;
  if (cursor == nullptr || !cursor->is_string()) return std::nullopt;
  return std::string(cursor->as_string());
}

}  // namespace

// The topic is that of the batches, too: see topic_of().
ChangesChannel::ChangesChannel(net::channels::Port port, const rooms::ClientPtr& client,
                               std::shared_ptr<const Source> source)
    : TopicChannel(std::move(port), client),
      source_(std::move(source)),
      view_{.table = source_->catalogue->find(topic().substr(topic().find(':') + 1)),
            .sees_hidden = client->principal != nullptr && client->principal->sees_hidden()} {}

void ChangesChannel::events(net::channels::EventTable<ChangesChannel>& on) {
  on.on("page", &ChangesChannel::read_page);
}

void ChangesChannel::join(const Payload& params) {
  if (view_.table == nullptr) return refuse(reason("there is no such resource"));
  auto wish = parse_wish(*view_.table, view_.sees_hidden, params);
  if (!wish) return refuse(reason_of(wish.error()));
  view_ = wish->view;
  listen();
  read(std::move(*wish));
}

void ChangesChannel::read(Wish wish) {
  reading_ = true;
  auto work = [wish](db::Connection& db) { return read_beginning(db, wish); };
  source_->database.async_read_own_writes(
      std::move(work), kPageTimeout,
      whenever([this, wish = std::move(wish)](Result<Beginning> beginning) {
        begin(wish, std::move(beginning));
      }));
}

void ChangesChannel::begin(const Wish& wish, Result<Beginning> beginning) {
  reading_ = false;
  if (!beginning) {
    // Who has joined rejoins with the position that it has come to.
    follow_ ? port().crash() : port().refuse(reason_of(beginning.error()));
    return;
  }
  if (!follow_) {
    let_in(wish, *beginning);
  } else if (beginning->reset) {
    reset(beginning->at);
  }
  for (const Broadcast* event : events_for(view_, beginning->changes)) port().deliver(*event);
  follow_.emplace(beginning->at);
  tell_what_waits();
}

/// The answer says from where the events go on that follow it.
void ChangesChannel::let_in(const Wish& wish, const Beginning& beginning) {
  const bool resumes = wish.since && !beginning.reset;
  content::JsonWriter json;
  json.begin_object();
  json.key("position").string(to_string(resumes ? *wish.since : beginning.at));
  json.key("reset").boolean(beginning.reset);
  std::string answer = std::move(json).take();
  answer += beginning.list ? "," + beginning.list->substr(1) : "}";
  accept(Payload::json(std::move(answer)));
}

void ChangesChannel::on_message(const actors::pubsub::BroadcastPtr& message) {
  auto batch = std::dynamic_pointer_cast<const Batch>(message);
  if (!batch) return;
  if (waiting_.size() >= kMostBatchesWaiting) {
    waiting_.clear();
    lost_some_ = true;
  }
  waiting_.push_back(std::move(batch));
  if (!reading_) tell_what_waits();
}

void ChangesChannel::tell_what_waits() {
  if (std::exchange(lost_some_, false)) return read_what_is_missing();
  while (!waiting_.empty() && !reading_) {
    const BatchPtr batch = waiting_.front();
    switch (follow_->fit(*batch)) {
      case Follow::Fit::gap: return read_what_is_missing();
      case Follow::Fit::reset: reset({batch->through}); break;
      case Follow::Fit::joins_on: tell(*batch); break;
    }
    waiting_.pop_front();
  }
}

void ChangesChannel::tell(const Batch& batch) {
  std::vector<const Broadcast*> events;
  for (const ChangePtr& change : batch.changes) {
    const auto* event = follow_->take(*change) ? change->event_for(view_) : nullptr;
    if (event != nullptr) events.push_back(event);
  }
  follow_->go_on_from({batch.through});
  if (bytes_of(events) > kMostBytesAtOnce) return reset({batch.through});
  for (const Broadcast* event : events) port().deliver(*event);
}

void ChangesChannel::read_what_is_missing() { read({.view = view_, .since = follow_->at()}); }

void ChangesChannel::reset(Bookmark at) {
  follow_->go_on_from(at);
  push("reset", {{"position", to_string(at)}});
}

void ChangesChannel::read_page(const Payload& payload, const Reply& reply) {
  const auto cursor = cursor_in(payload);
  if (!cursor) {
    reply.error(reason("page needs the cursor that the page before gave as next"));
    return;
  }
  auto work = [view = view_, cursor = *cursor](db::Connection& db) {
    return read_view(db, view, cursor);
  };
  source_->database.async_read_own_writes(
      std::move(work), kPageTimeout, whenever([reply](Result<std::string> page) {
        page ? reply.ok(Payload::json(std::move(*page))) : reply.error(reason_of(page.error()));
      }));
}

void ChangesChannel::on_unknown_event(const std::string& /*event*/, Payload /*payload*/,
                                      const Reply& reply) {
  reply.error(reason("unknown event"));
}

}  // namespace coppice::app::changes
