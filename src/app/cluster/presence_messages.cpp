#include "app/cluster/presence_messages.hpp"

#include <memory>
#include <utility>

#include "db/codec.hpp"

namespace coppice::app::cluster {

using actors::Errc;
using actors::Result;
using actors::presence::Delta;
using actors::presence::Entry;
using actors::presence::MetaRef;
using actors::presence::ReplicaNews;

namespace {

/// A member, and the number of the event that added it.
struct SentEntry {
  std::int64_t dot = 0;
  std::string topic;
  std::string key;
  std::string meta;
  std::string ref;
  std::string previous;  // Empty for none.

  auto fields(this auto& self) {
    return std::tie(self.dot, self.topic, self.key, self.meta, self.ref, self.previous);
  }
};

struct SentCount {
  std::int64_t dot = 0;
  std::string topic;
  std::int64_t members = 0;

  auto fields(this auto& self) { return std::tie(self.dot, self.topic, self.members); }
};

struct SentDelta {
  std::int64_t epoch = 0;
  std::int64_t up_to = 0;
  std::vector<std::int64_t> dots;
  std::vector<SentEntry> entries;
  std::vector<SentCount> counts;
  std::int64_t after = 0;

  auto fields(this auto& self) {
    return std::tie(self.epoch, self.up_to, self.dots, self.entries, self.counts, self.after);
  }
};

std::int64_t to_signed(std::uint64_t number) { return static_cast<std::int64_t>(number); }
std::uint64_t to_unsigned(std::int64_t number) { return static_cast<std::uint64_t>(number); }

std::string text_of(const MetaRef& ref) { return ref ? std::string(ref.text()) : std::string(); }

SentEntry to_sent(std::uint64_t dot, const Entry& entry) {
  return {.dot = to_signed(dot),
          .topic = entry.topic,
          .key = entry.key,
          .meta = entry.meta,
          .ref = text_of(entry.ref),
          .previous = text_of(entry.previous)};
}

SentDelta to_sent(const ReplicaNews& news) {
  SentDelta sent{.epoch = to_signed(news.replica.epoch),
                 .up_to = to_signed(news.up_to),
                 .dots = {news.dots.begin(), news.dots.end()},
                 .entries = {},
                 .counts = {},
                 .after = to_signed(news.after)};
  for (const auto& [dot, entry] : news.entries) sent.entries.push_back(to_sent(dot, *entry));
  for (const auto& [dot, count] : news.counts) {
    sent.counts.push_back({to_signed(dot), count.topic, to_signed(count.members)});
  }
  return sent;
}

Result<actors::presence::EntryPtr> from_sent(SentEntry sent) {
  const auto ref = MetaRef::parse(sent.ref);
  const auto previous =
      sent.previous.empty() ? std::optional(MetaRef()) : MetaRef::parse(sent.previous);
  if (!ref || !previous) return actors::fail(Errc::malformed, "a ref of a presence");
  return std::make_shared<const Entry>(Entry{.topic = std::move(sent.topic),
                                             .key = std::move(sent.key),
                                             .meta = std::move(sent.meta),
                                             .ref = *ref,
                                             .previous = *previous});
}

}  // namespace

SentBeat to_sent(const actors::presence::Replica& self, std::uint64_t position) {
  return {to_signed(self.epoch), to_signed(position)};
}

std::string delta_to_bytes(const Delta& delta) {
  for (const auto& news : delta.news) {
    if (news.replica == delta.from) return db::to_bytes(to_sent(news));
  }
  return db::to_bytes(to_sent(ReplicaNews{.replica = delta.from, .dots = {}, .entries = {}}));
}

Result<Delta> delta_from_bytes(const std::string& node, std::string_view bytes) {
  auto sent = db::from_bytes<SentDelta>(bytes);
  if (!sent) return std::unexpected(sent.error());
  ReplicaNews news{.replica = {node, to_unsigned(sent->epoch)},
                   .up_to = to_unsigned(sent->up_to),
                   .dots = {sent->dots.begin(), sent->dots.end()},
                   .entries = {},
                   .counts = {},
                   .after = to_unsigned(sent->after)};
  for (auto& each : sent->entries) {
    const auto dot = to_unsigned(each.dot);
    auto entry = from_sent(std::move(each));
    if (!entry) return std::unexpected(entry.error());
    news.entries.emplace_back(dot, std::move(*entry));
  }
  for (auto& each : sent->counts) {
    news.counts.emplace_back(
        to_unsigned(each.dot),
        actors::presence::TopicCount{std::move(each.topic), to_unsigned(each.members)});
  }
  return Delta{.from = news.replica, .news = {std::move(news)}};
}

}  // namespace coppice::app::cluster
