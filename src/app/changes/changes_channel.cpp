#include "app/changes/changes_channel.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "app/changes/wish.hpp"
#include "app/content/json_writer.hpp"

namespace coppice::app::changes {

using actors::Errc;
using actors::Result;
using net::channels::Broadcast;
using net::channels::Payload;
using net::channels::Reply;

namespace {

constexpr auto kPageTimeout = std::chrono::seconds(5);

constexpr std::size_t kMostBatchesWaiting = 256;

Payload reason(std::string_view why) {
  return Payload::json(boost::json::serialize(boost::json::object{{"reason", why}}));
}

/// Of a failure that the client didn't cause it isn't told the details.
Payload reason_of(const actors::Error& error) {
  const bool clients = error.code == Errc::invalid_argument || error.code == Errc::too_large;
  return reason(clients ? std::string_view(error.context) : "unavailable");
}

std::optional<std::string> cursor_in(const Payload& payload) {
  if (payload.kind != Payload::Kind::json) return std::nullopt;
  boost::system::error_code error;
  const auto value = boost::json::parse(payload.bytes, error);
  const auto* object = error ? nullptr : value.if_object();
  const auto* cursor = object == nullptr ? nullptr : object->if_contains("cursor");
  if (cursor == nullptr || !cursor->is_string()) return std::nullopt;
  return std::string(cursor->as_string());
}

}  // namespace

ChangesChannel::ChangesChannel(const std::string& topic, net::channels::Port port,
                               std::shared_ptr<const Source> source, rooms::ClientPtr client)
    : port_(std::move(port)),
      source_(std::move(source)),
      client_(std::move(client)),
      view_{.table = source_->catalogue->find(topic.substr(topic.find(':') + 1)),
            .sees_hidden = client_->principal != nullptr && client_->principal->sees_hidden()} {}

void ChangesChannel::on_join(Payload params) {
  if (view_.table == nullptr) {
    port_.refuse(reason("there is no such resource"));
    return;
  }
  auto wish = parse_wish(*view_.table, view_.sees_hidden, params);
  if (!wish) {
    port_.refuse(reason_of(wish.error()));
    return;
  }
  view_ = wish->view;
  subscribe();
  read(std::move(*wish));
}

void ChangesChannel::subscribe() {
  subscription_ = source_->hub->subscribe(
      topic_of(view_.table->resource().name), client_->connection,
      [weak = weak_from_this()](const actors::pubsub::BroadcastPtr& broadcast) {
        const auto self = weak.lock();
        auto batch = std::dynamic_pointer_cast<const Batch>(broadcast);
        if (self && batch) self->receive(std::move(batch));
      });
}

void ChangesChannel::read(Wish wish) {
  reading_ = true;
  auto work = [wish](db::Connection& db) { return read_beginning(db, wish); };
  source_->database.async_read_own_writes(
      std::move(work), kPageTimeout,
      [weak = weak_from_this(), wish = std::move(wish)](Result<Beginning> beginning) {
        if (const auto self = weak.lock()) self->begin(wish, std::move(beginning));
      });
}

void ChangesChannel::begin(const Wish& wish, Result<Beginning> beginning) {
  reading_ = false;
  if (!beginning) {
    // Who has joined rejoins with the position that it has come to.
    follow_ ? port_.crash() : port_.refuse(reason_of(beginning.error()));
    return;
  }
  if (!follow_) {
    accept(wish, *beginning);
  } else if (beginning->reset) {
    reset(beginning->at);
  }
  for (const Broadcast* event : events_for(view_, beginning->changes)) port_.deliver(*event);
  follow_.emplace(beginning->at);
  tell_what_waits();
}

/// The answer says from where the events go on that follow it.
void ChangesChannel::accept(const Wish& wish, const Beginning& beginning) {
  const bool resumes = wish.since && !beginning.reset;
  content::JsonWriter json;
  json.begin_object();
  json.key("position").string(to_string(resumes ? *wish.since : beginning.at));
  json.key("reset").boolean(beginning.reset);
  std::string answer = std::move(json).take();
  answer += beginning.list ? "," + beginning.list->substr(1) : "}";
  port_.accept(Payload::json(std::move(answer)));
}

void ChangesChannel::receive(BatchPtr batch) {
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
  for (const Broadcast* event : events) port_.deliver(*event);
}

void ChangesChannel::read_what_is_missing() { read({.view = view_, .since = follow_->at()}); }

void ChangesChannel::reset(Bookmark at) {
  follow_->go_on_from(at);
  port_.push(
      "reset",
      Payload::json(boost::json::serialize(boost::json::object{{"position", to_string(at)}})));
}

void ChangesChannel::on_event(std::string event, Payload payload, Reply reply) {
  if (event == "page") return read_page(payload, std::move(reply));
  reply.error(reason("unknown event"));
}

void ChangesChannel::read_page(const Payload& payload, Reply reply) {
  const auto cursor = cursor_in(payload);
  if (!cursor) {
    reply.error(reason("page needs the cursor that the page before gave as next"));
    return;
  }
  auto work = [view = view_, cursor = *cursor](db::Connection& db) {
    return read_view(db, view, cursor);
  };
  source_->database.async_read_own_writes(
      std::move(work), kPageTimeout, [reply](Result<std::string> page) {
        page ? reply.ok(Payload::json(std::move(*page))) : reply.error(reason_of(page.error()));
      });
}

void ChangesChannel::on_end(net::channels::EndReason /*reason*/) noexcept {
  subscription_.cancel();
}

}  // namespace coppice::app::changes
