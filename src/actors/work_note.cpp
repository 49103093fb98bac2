#include "actors/work_note.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <pthread.h>
#include <span>
#include <vector>

#include "actors/telemetry.hpp"

namespace coppice::actors {
namespace {

/// A thread's note, which others may read while it is being written: they see a whole one, or none.
/// Each store and load of the text is ordered, so that whoever sees a part of the next note also
/// sees that the version has changed.
class NoteBoard {
 public:
  NoteBoard();
  NoteBoard(const NoteBoard&) = delete;
  NoteBoard& operator=(const NoteBoard&) = delete;
  ~NoteBoard();

  void write(Pid whose, std::string_view what) noexcept {
    const auto version = version_.load(std::memory_order_relaxed);
    version_.store(version + 1, std::memory_order_relaxed);  // odd: being written
    whose_.store(whose.bits(), std::memory_order_release);
    const auto size = std::min(what.size(), WorkNote::kMostBytes);
    size_.store(size, std::memory_order_release);
    for (std::size_t at = 0; at < size; at += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, what.data() + at, std::min(sizeof word, size - at));
      words_[at / sizeof word].store(word, std::memory_order_release);
    }
    version_.store(version + 2, std::memory_order_release);
  }

  [[nodiscard]] std::optional<WorkNote::Seen> read() const {
    const auto version = version_.load(std::memory_order_acquire);
    if (version % 2 != 0) return std::nullopt;
    WorkNote::Seen seen{.whose = Pid::from_bits(whose_.load(std::memory_order_acquire)),
                        .what = {}};
    std::array<char, WorkNote::kMostBytes> text{};
    for (std::size_t i = 0; i < words_.size(); ++i) {
      const auto word = words_[i].load(std::memory_order_acquire);
      std::memcpy(text.data() + i * sizeof word, &word, sizeof word);
    }
    const auto size = std::min(size_.load(std::memory_order_acquire), text.size());
    if (version_.load(std::memory_order_relaxed) != version || !seen.whose) return std::nullopt;
    seen.what.assign(text.data(), size);
    return seen;
  }

  [[nodiscard]] std::uint64_t thread() const noexcept { return thread_; }

 private:
  static_assert(WorkNote::kMostBytes % sizeof(std::uint64_t) == 0);

  const std::uint64_t thread_ = static_cast<std::uint64_t>(pthread_self());
  std::atomic<std::uint64_t> version_{0};
  std::atomic<std::uint64_t> whose_{0};
  std::atomic<std::size_t> size_{0};
  std::array<std::atomic<std::uint64_t>, WorkNote::kMostBytes / sizeof(std::uint64_t)> words_{};
};

/// Those of all threads that have ever noted something and still run.
struct Boards {
  std::mutex mutex;
  std::vector<const NoteBoard*> all;  // guarded by mutex
};

Boards& boards() {
  static Boards made;
  return made;
}

NoteBoard& own_board() {
  thread_local NoteBoard board;
  return board;
}

NoteBoard::NoteBoard() {
  auto& [mutex, all] = boards();
  const std::lock_guard lock(mutex);
  all.push_back(this);
}

NoteBoard::~NoteBoard() {
  auto& [mutex, all] = boards();
  const std::lock_guard lock(mutex);
  std::erase(all, this);
}

/// Half a character would make all of the text unreadable to who demands UTF-8.
std::size_t end_of_last_character(std::span<const char> text, std::size_t size) {
  const auto is_inner = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };
  auto begin = size;
  while (begin > 0 && is_inner(text[begin - 1])) --begin;
  if (begin == 0) return size;
  const auto lead = static_cast<unsigned char>(text[begin - 1]);
  const std::size_t wanted = lead >= 0xf0U ? 4 : lead >= 0xe0U ? 3 : lead >= 0xc0U ? 2 : 1;
  return size - (begin - 1) == wanted ? size : begin - 1;
}

}  // namespace

WorkNote::WorkNote(Pid whose, std::string_view what, std::string_view topic) {
  if constexpr (!kTelemetry) return;
  std::array<char, kMostBytes> text{};
  std::size_t size = 0;
  for (const std::string_view part : {what, std::string_view(" of "), topic}) {
    size += part.copy(text.data() + size, text.size() - size);
  }
  const bool was_cut = size == text.size();
  own_board().write(whose, {text.data(), was_cut ? end_of_last_character(text, size) : size});
}

WorkNote::~WorkNote() {
  if constexpr (kTelemetry) own_board().write({}, {});
}

std::optional<WorkNote::Seen> WorkNote::of_thread(std::uint64_t native_thread) {
  auto& [mutex, all] = boards();
  const std::lock_guard lock(mutex);
  const auto found = std::ranges::find(all, native_thread, &NoteBoard::thread);
  return found == all.end() ? std::nullopt : (*found)->read();
}

}  // namespace coppice::actors
