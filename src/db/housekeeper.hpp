#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>

#include "actors/server.hpp"
#include "db/command.hpp"

namespace coppice::db {

class Database;

/// How long the database keeps what it writes for itself.
struct Retention {
  std::chrono::seconds idempotency_keys = std::chrono::hours(24);
  std::chrono::seconds changes = std::chrono::days(30);
  std::int64_t most_changes = 100'000;
};

/// Forgets idempotency keys that were first used before a point in time, in seconds since 1970, at
/// the most so many, and tells how many.
struct ForgetReplies {
  static constexpr std::string_view kName = "db.forget_replies";
  using Reply = std::int64_t;

  std::int64_t before = 0;
  std::int64_t most = 0;

  auto fields(this auto& self) { return std::tie(self.before, self.most); }
  [[nodiscard]] actors::Result<Reply> run(Connection& db) const;
};

/// Once an hour forgets idempotency keys and trims the change feed, in small commands, so that no
/// write waits long behind one. A sweep that fails is said in describe(); the next one does its
/// work as well.
///
/// Thread: its shard.
class Housekeeper final : public actors::Server<Housekeeper> {
 public:
  Housekeeper(const Database& database, Retention retention);
  ~Housekeeper() override;

  void init();

  /// Sent by the housekeeper to itself.
  struct Sweep {};
  actors::Task<void> handle(Sweep message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<actors::Result<std::int64_t>> forget_replies();
  actors::Task<actors::Result<std::int64_t>> trim_changes();

  const std::unique_ptr<const Database> database_;
  const Retention retention_;
  std::string status_ = "has not swept yet";
};

}  // namespace coppice::db
