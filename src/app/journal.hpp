#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "app/line_queue.hpp"
#include "app/log_level.hpp"

namespace coppice::app {

/// One line of a journal.
struct Note {
  LogLevel level = LogLevel::info;
  std::string kind;  ///< What sort of line it is: a folder of the source, a kind of event.
  std::string path;  ///< The actor that it is about, as a place in the tree; empty for none.
  std::string json;  ///< The line itself, a JSON object without a line end.
};

/// The last lines of something, within so many bytes, for those who ask later, and each new one for
/// those who follow.
///
/// Thread: any.
class Journal {
 public:
  /// Which lines are meant. Called with a lock held: quick, and without a thought of the journal.
  using Filter = std::function<bool(const Note&)>;

  static constexpr std::size_t kMostFollowers = 32;

  explicit Journal(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void add(Note note);

  /// The last @p most lines that @p filter takes, oldest first, each with its line end.
  [[nodiscard]] std::string last(const Filter& filter, std::size_t most) const;

  /// The same, and all that come as long as somebody holds the queue. Null if there are
  /// kMostFollowers already.
  [[nodiscard]] std::shared_ptr<LineQueue> follow(Filter filter, std::size_t most);

  /// What it takes of memory, roughly.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Follower {
    Filter filter;
    std::weak_ptr<LineQueue> queue;
  };

  [[nodiscard]] std::vector<const Note*> find(const Filter& filter, std::size_t most) const;

  const std::size_t most_bytes_;
  mutable std::mutex mutex_;  // guards what follows
  std::deque<Note> notes_;
  std::size_t bytes_ = 0;
  std::vector<Follower> followers_;
};

/// Whether @p path is @p place or below it.
[[nodiscard]] bool is_at_or_below(std::string_view path, std::string_view place);

}  // namespace coppice::app
