#include "app/changes/change.hpp"

#include "app/content/json_writer.hpp"

namespace coppice::app::changes {

using net::channels::Broadcast;
using net::channels::Payload;

namespace {

std::string_view event_name(Telling telling) noexcept {
  switch (telling) {
    case Telling::entered: return "enter";
    case Telling::left: return "leave";
    default: return "change";
  }
}

/// "insert", "update", "delete"; empty for what is no such thing.
std::string_view operation(Telling telling) noexcept {
  switch (telling) {
    case Telling::inserted: return "insert";
    case Telling::updated: return "update";
    case Telling::deleted: return "delete";
    default: return {};
  }
}

bool has_record(Telling telling) noexcept {
  return telling != Telling::deleted && telling != Telling::left;
}

}  // namespace

bool View::sees(const std::optional<Facts>& record) const noexcept {
  if (!record) return false;
  return sees_hidden || !table->hides_some() || !record->truth(table->hidden_fact());
}

std::optional<Telling> telling_of(const View& view, const std::optional<Facts>& before,
                                  const std::optional<Facts>& after) noexcept {
  const bool matched = view.wants(before);
  const bool matches = view.wants(after);
  if (matched && matches) return Telling::updated;
  if (matches) return view.sees(before) ? Telling::entered : Telling::inserted;
  if (matched) return view.sees(after) ? Telling::left : Telling::deleted;
  return std::nullopt;
}

bool Change::concerns(const View& view) const noexcept {
  return telling_of(view, contents_.before, contents_.after).has_value();
}

const Broadcast* Change::event_for(const View& view) const {
  const auto telling = telling_of(view, contents_.before, contents_.after);
  if (!telling) return nullptr;
  const bool with_record = contents_.record && has_record(*telling) && view.wants(contents_.now);
  return &encoded(*telling, with_record);
}

const Broadcast& Change::encoded(Telling telling, bool with_record) const {
  Encoding& encoding = encodings_[2 * static_cast<std::size_t>(telling) + (with_record ? 1 : 0)];
  std::call_once(encoding.once, [&] {
    encoding.event = std::make_unique<const Broadcast>(topic_of(contents_.resource),
                                                       std::string(event_name(telling)),
                                                       payload(telling, with_record));
  });
  return *encoding.event;
}

Payload Change::payload(Telling telling, bool with_record) const {
  content::JsonWriter json(with_record ? contents_.record->size() + 96 : 96);
  json.begin_object();
  if (const auto op = operation(telling); !op.empty()) json.key("op").string(op);
  json.key("id").integer(contents_.id).key("position").string(to_string(contents_.at));
  if (with_record) {
    json.key("record").raw(*contents_.record);
  } else if (telling != Telling::left) {
    json.key("record").null();
  }
  return Payload::json(std::move(json.end_object()).take());
}

std::vector<const Broadcast*> events_for(const View& view, const std::vector<ChangePtr>& changes) {
  std::vector<const Broadcast*> events;
  for (const ChangePtr& change : changes) {
    if (const Broadcast* event = change->event_for(view)) events.push_back(event);
  }
  return events;
}

std::size_t bytes_of(const std::vector<ChangePtr>& changes) noexcept {
  std::size_t bytes = 0;
  for (const ChangePtr& change : changes) bytes += change->bytes();
  return bytes;
}

std::size_t bytes_of(const std::vector<const Broadcast*>& events) noexcept {
  std::size_t bytes = 0;
  for (const Broadcast* event : events) bytes += event->payload().bytes.size();
  return bytes;
}

std::string topic_of(std::string_view resource) { return "changes:" + std::string(resource); }

}  // namespace coppice::app::changes
