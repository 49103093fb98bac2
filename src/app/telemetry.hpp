#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "actors/events.hpp"
#include "actors/server.hpp"
#include "app/journal.hpp"

namespace coppice::app {

/// One event as it is kept and shown.
struct EventRecord {
  std::chrono::system_clock::time_point at;
  actors::EventKind kind{};
  std::string fields;  ///< a JSON object: path, pid, reason, duration …
};

/// Takes the runtime's events off the threads where they happen, counts them, keeps the last ones
/// and writes them to the log. Formatting a crash, with its stack's symbols, takes milliseconds:
/// here it holds up nobody, on a thread of its own.
///
/// A crash of it loses the events that were on their way, and nothing else.
class Telemetry final : public actors::Server<Telemetry> {
 public:
  static constexpr std::size_t kKept = 500;
  static constexpr std::size_t kRemembered = std::size_t{512} * 1024;  ///< bytes of a journal

  /// @param journal  Gets a line for each event that is kept, for operators; null for none.
  explicit Telemetry(std::shared_ptr<Journal> journal = nullptr) : journal_(std::move(journal)) {}

  void init();

  /// An event that has been copied where it happened.
  struct Record {
    std::chrono::system_clock::time_point at;
    actors::EventKind kind{};
    actors::Pid pid;
    actors::Pid other;
    std::string path;
    std::string type;
    std::string detail;
    actors::Duration duration{};
    std::uint64_t value = 0;
    std::optional<actors::ExitReason> reason;
    std::shared_ptr<const actors::CrashReport> crash;
    std::vector<const void*> stack{};  ///< See actors::Event.
    std::string request_id{};
  };
  void handle(const Record& record);

  struct Counts {
    using Reply = std::vector<std::pair<std::string, std::uint64_t>>;
  };
  Counts::Reply handle(Counts message);

  /// The last events, oldest first.
  struct Recent {
    using Reply = std::vector<EventRecord>;
    std::size_t most = kKept;
  };
  Recent::Reply handle(Recent message);

  [[nodiscard]] std::string describe() const override;

 private:
  void keep(const Record& record, LogLevel level, std::string fields);

  const std::shared_ptr<Journal> journal_;
  std::array<std::uint64_t, actors::kEventKinds> counts_{};
  std::deque<EventRecord> recent_;
  std::shared_ptr<std::atomic<std::uint64_t>> lost_ =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  actors::EventBus::Subscription subscription_;
};

}  // namespace coppice::app
