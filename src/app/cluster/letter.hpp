#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>

namespace coppice::app::cluster {

/// The versions of what nodes say to each other that this release speaks. A node says which in its
/// Status, and speaks the newest that all nodes have in common; those that have none are named.
inline constexpr std::int64_t kOldestVersion = 1;
inline constexpr std::int64_t kNewestVersion = 1;

/// The version of letters about the nodes themselves (status, farewell), for ever: by these every
/// release learns what the others speak.
inline constexpr std::int64_t kFirstVersion = 1;

/// What a letter is about. Numbers are never used again.
enum class Kind : std::int64_t {
  status = 1,            ///< A node tells how it is: Status.
  farewell = 2,          ///< A node ends.
  broadcast = 3,         ///< SentBroadcast.
  presence = 4,          ///< What has changed in a node's presence: SentDelta.
  presence_beat = 5,     ///< How far it is: SentBeat.
  presence_request = 6,  ///< A node asks for all of it.
  question = 7,          ///< An operator asks a node: Question.
  answer = 8,            ///< Answer.
};

/// Whether every release can read what such a letter has.
[[nodiscard]] constexpr bool is_for_all_versions(Kind kind) noexcept {
  return kind == Kind::status || kind == Kind::farewell;
}

/// Who says something: a node, and which start of it.
struct Sender {
  std::string node;
  std::int64_t incarnation = 0;  ///< Microseconds since 1970; a later start has a higher one.

  friend bool operator==(const Sender&, const Sender&) = default;
};

/// After so long without a word, an earlier start of a node is over, and one that has a lower
/// incarnation, because the clock has been set back, takes its place.
inline constexpr auto kStartIsOver = std::chrono::seconds(5);

/// What travels, sealed: a message, or a part of a long one.
///
/// Letters to one subject are numbered from 1 by their sender, so that its receivers notice what
/// is lost, and what comes twice.
struct Letter {
  std::int64_t version = 0;
  Kind kind{};
  std::string node;
  std::int64_t incarnation = 0;
  std::int64_t number = 0;
  std::int64_t part = 0;  ///< Of the message, from 0.
  bool more = false;      ///< The next letter has the next part.
  std::string body;

  auto fields(this auto& self) {
    return std::tie(self.version, self.kind, self.node, self.incarnation, self.number, self.part,
                    self.more, self.body);
  }
};

}  // namespace coppice::app::cluster
