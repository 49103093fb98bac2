#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "actors/result.hpp"
#include "db/command.hpp"

/// What one node asks of another.
namespace coppice::app::nodes {

/// The versions of what nodes ask of each other that this release speaks. One that is asked in
/// another says which it speaks (Refusal), and nobody waits for what will not change. A release
/// that brings a new version speaks the one before as well, and asks in that until all have been
/// deployed that would not understand the new one.
inline constexpr std::int64_t kOldestVersion = 1;
inline constexpr std::int64_t kNewestVersion = 1;
/// In which this release asks.
inline constexpr std::int64_t kAsksInVersion = 1;
static_assert(kOldestVersion <= kAsksInVersion && kAsksInVersion <= kNewestVersion);

/// A write, and how long it is waited for.
struct SentCommand {
  std::string name;
  std::string arguments;
  std::string idempotency_key;
  std::string intent;
  std::int64_t milliseconds = 0;

  auto fields(this auto& self) {
    return std::tie(self.name, self.arguments, self.idempotency_key, self.intent,
                    self.milliseconds);
  }
};

struct SentCommands {
  std::vector<SentCommand> commands;
  auto fields(this auto& self) { return std::tie(self.commands); }
};

/// What became of one: a value and its position, or an error.
struct SentResult {
  std::int64_t error = 0;  ///< An actors::Errc; 0 for none.
  std::string text;        ///< The value, or the error's context.
  std::int64_t epoch = 0;
  std::int64_t sequence = 0;

  auto fields(this auto& self) {
    return std::tie(self.error, self.text, self.epoch, self.sequence);
  }
};

struct SentResults {
  std::vector<SentResult> results;
  auto fields(this auto& self) { return std::tie(self.results); }
};

[[nodiscard]] SentCommand to_sent(const db::Command& command, std::chrono::milliseconds left);
[[nodiscard]] db::Command from_sent(SentCommand sent);
[[nodiscard]] SentResult to_sent(const db::CommandResult& result);
[[nodiscard]] db::CommandResult from_sent(SentResult sent);

}  // namespace coppice::app::nodes
