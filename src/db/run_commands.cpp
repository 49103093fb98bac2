#include "db/run_commands.hpp"

#include <cstddef>
#include <memory>
#include <numeric>
#include <utility>

#include "actors/time.hpp"
#include "db/write_batch.hpp"

namespace coppice::db {
namespace {

using actors::Result;
using actors::Time;

class Run {
 public:
  Run(Connection& connection, const CommandRegistry& registry, std::span<const Command> commands)
      : connection_(connection),
        registry_(registry),
        commands_(commands),
        left_(commands.size()),
        results_(commands.size()) {
    std::iota(left_.begin(), left_.end(), std::size_t{0});
  }

  std::vector<CommandResult> results() && {
    while (!left_.empty() && !run_together()) continue;
    return std::move(results_);
  }

 private:
  // False when one of those that are left took the others along; that one is settled.
  bool run_together() {
    auto batch = WriteBatch::begin(connection_, registry_, *clock_, Isolation::optimistic);
    if (!batch) return fail_all(batch.error());
    for (const auto index : left_) {
      batch->run(commands_[index], Time::max());
      if (batch->is_lost() || batch->database_failed()) break;
    }
    return batch->is_lost() ? leave_out_last(*batch) : commit(std::move(*batch));
  }

  bool leave_out_last(const WriteBatch& batch) {
    const auto& error = batch.results().back().error();
    if (batch.database_failed()) return fail_all(error);
    const auto last = left_.begin() + static_cast<std::ptrdiff_t>(batch.results().size() - 1);
    results_[*last] = std::unexpected(error);
    left_.erase(last);
    return false;
  }

  bool commit(WriteBatch batch) {
    const auto committed = batch.commit();
    auto results = std::move(batch).take_results();
    // Those without one come after the one for which the database failed.
    if (results.size() < left_.size()) results.resize(left_.size(), results.back());
    for (std::size_t i = 0; i < results.size(); ++i) {
      settle(results[i], committed);
      results_[left_[i]] = std::move(results[i]);
    }
    return true;
  }

  bool fail_all(const actors::Error& error) {
    for (const auto index : left_) results_[index] = std::unexpected(error);
    return true;
  }

  Connection& connection_;
  const CommandRegistry& registry_;
  const std::span<const Command> commands_;
  const std::shared_ptr<const actors::Clock> clock_ = actors::steady_clock();
  std::vector<std::size_t> left_;
  std::vector<CommandResult> results_;
};

}  // namespace

std::vector<CommandResult> run_commands(Connection& connection, const CommandRegistry& registry,
                                        std::span<const Command> commands) {
  return Run(connection, registry, commands).results();
}

}  // namespace coppice::db
