#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/pubsub/broadcast.hpp"
#include "app/changes/bookmark.hpp"
#include "app/changes/facts.hpp"
#include "app/changes/filter.hpp"
#include "app/content/resource/table.hpp"
#include "net/channels/broadcast.hpp"

namespace coppice::app::changes {

/// What somebody follows of a resource. For who may not see what is hidden it doesn't exist.
struct View {
  const content::Table* table = nullptr;  ///< Outlives the view.
  bool sees_hidden = false;
  Filter filter{};

  /// Whether there is such a record, as far as this viewer can tell.
  [[nodiscard]] bool sees(const std::optional<Facts>& record) const noexcept;
  [[nodiscard]] bool wants(const std::optional<Facts>& record) const noexcept {
    return sees(record) && filter.matches(*record);
  }
};

/// What one change is to a viewer.
enum class Telling : std::uint8_t {
  inserted,  ///< There is a record that there was not.
  updated,
  deleted,
  entered,  ///< A record that there was begins to match the filter.
  left,     ///< A record that there is doesn't match any more.
};

/// One record that a commit has changed, as all who follow its resource share it.
///
/// Thread: any.
class Change {
 public:
  struct Contents {
    std::string_view resource;  ///< A catalogue's.
    std::int64_t id = 0;
    Bookmark at{};                        ///< Where one is who has been told of it.
    std::optional<Facts> before{};        ///< The record as the commit found it,
    std::optional<Facts> after{};         ///< as it left it,
    std::optional<Facts> now{};           ///< and as it was when the record was read.
    std::optional<std::string> record{};  ///< As lists show it; nothing if it is too large.
  };

  explicit Change(Contents contents) : contents_(std::move(contents)) {}
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;

  [[nodiscard]] std::int64_t id() const noexcept { return contents_.id; }
  [[nodiscard]] Bookmark at() const noexcept { return contents_.at; }
  /// About what it takes in memory, beside a few hundred bytes, until its events are encoded.
  [[nodiscard]] std::size_t bytes() const noexcept {
    return contents_.record ? contents_.record->size() : 0;
  }

  /// Whether the change is something to a viewer.
  [[nodiscard]] bool concerns(const View& view) const noexcept;

  /// The event for a viewer, encoded once for all to whom it says the same; null if the change is
  /// nothing to him. It has the record only if the viewer may see it as it is by now.
  [[nodiscard]] const net::channels::Broadcast* event_for(const View& view) const;

 private:
  struct Encoding {
    std::once_flag once;
    std::unique_ptr<const net::channels::Broadcast> event;
  };

  [[nodiscard]] const net::channels::Broadcast& encoded(Telling telling, bool with_record) const;
  [[nodiscard]] net::channels::Payload payload(Telling telling, bool with_record) const;

  const Contents contents_;
  mutable std::array<Encoding, 10> encodings_;  // by telling, without the record and with it
};

using ChangePtr = std::shared_ptr<const Change>;

/// What a change is to a viewer; nothing if it is nothing to him.
[[nodiscard]] std::optional<Telling> telling_of(const View& view,
                                                const std::optional<Facts>& before,
                                                const std::optional<Facts>& after) noexcept;

/// The events of changes for a viewer, in order. They live as long as the changes.
[[nodiscard]] std::vector<const net::channels::Broadcast*> events_for(
    const View& view, const std::vector<ChangePtr>& changes);

[[nodiscard]] std::size_t bytes_of(const std::vector<ChangePtr>& changes) noexcept;
/// How many bytes their payloads have together.
[[nodiscard]] std::size_t bytes_of(
    const std::vector<const net::channels::Broadcast*>& events) noexcept;

/// The topic of a resource's changes, on the hub and for clients: "changes:posts".
[[nodiscard]] std::string topic_of(std::string_view resource);

/// A stretch of a resource's history, as the follower publishes it.
class Batch final : public actors::pubsub::Broadcast {
 public:
  Batch(db::Position first, db::Position last, std::vector<ChangePtr> in_between, bool anew)
      : from(first),
        through(last),
        changes(std::move(in_between)),
        bytes(bytes_of(changes)),
        reset(anew) {}

  const db::Position from;     ///< It has all changes after this position,
  const db::Position through;  ///< up to this one.
  const std::vector<ChangePtr> changes;
  const std::size_t bytes;  ///< of the changes, all together
  const bool reset;         ///< What came before `from` has no continuation: read everything anew.
};

}  // namespace coppice::app::changes
