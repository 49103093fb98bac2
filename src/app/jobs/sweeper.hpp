#pragma once

#include <cstdint>
#include <string>

#include "actors/server.hpp"
#include "app/accounts/accounts.hpp"

namespace coppice::app::jobs {

/// Once an hour forgets the sessions and the links for new passwords that have expired, in small
/// commands, so that no write waits long behind one. A sweep that fails is said in describe(); the
/// next one does its work as well.
///
/// Thread: its shard.
class Sweeper final : public actors::Server<Sweeper> {
 public:
  explicit Sweeper(accounts::Accounts accounts);

  void init();

  /// Sent by the sweeper to itself.
  struct Sweep {};
  actors::Task<void> handle(Sweep message);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<actors::Result<std::int64_t>> sweep();

  const accounts::Accounts accounts_;
  std::string status_ = "has not swept yet";
};

}  // namespace coppice::app::jobs
