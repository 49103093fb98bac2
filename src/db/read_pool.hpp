#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/address.hpp"
#include "db/reader.hpp"
#include "supervisor/child_spec.hpp"

namespace coppice::db {

namespace detail {

template <class T>
struct ReadResult {};
template <class T>
struct ReadResult<actors::Result<T>> {
  using Value = T;
};

}  // namespace detail

/// What can be run on a reader: `Result<T>(Connection&)`. It runs on the reader's thread, so it
/// owns what it uses; what it returns owns its data, too.
template <class F>
concept ReadFunction = std::invocable<F&, Connection&> && requires {
  typename detail::ReadResult<std::invoke_result_t<F&, Connection&>>::Value;
};

/// The T of a read function's `Result<T>`.
template <ReadFunction F>
using ReadValue = typename detail::ReadResult<std::invoke_result_t<F&, Connection&>>::Value;

/// Hands reads to the least busy of a number of readers, without a lock and without a queue of its
/// own. A cheap handle: copies share the readers, and it stays valid across their restarts.
///
/// A read that no reader had begun when its reader ended is given to another one, within its
/// timeout. One that had begun is never run twice.
///
/// Thread: any.
class ReadPool {
 public:
  /// @param size  How many readers; at least 1.
  explicit ReadPool(std::size_t size);

  [[nodiscard]] std::size_t size() const noexcept { return shared_->slots.size(); }

  /// Runs @p function on a reader, on one snapshot, and gives its result. Thread: in an actor's
  /// coroutine; Asio code and other threads run the task with run_task.hpp.
  ///
  /// Errors: timeout (the statements of a read at work are interrupted), overloaded, unavailable
  /// before the readers have been started and when the database can't be opened, noproc once they
  /// are stopped, down when the function threw; and what the function returns.
  template <ReadFunction F>
  [[nodiscard]] actors::Task<actors::Result<ReadValue<F>>> read(F function,
                                                                actors::Duration timeout) const {
    return read_on(shared_, std::move(function), timeout);
  }

  /// Calls @p look with each reader's ReaderSlot.
  template <class Look>
  void each_reader(Look look) const {
    for (const auto& slot : shared_->slots) look(*slot);
  }

  /// The child that runs the readers.
  [[nodiscard]] supervisor::ChildSpec supervisor(
      std::filesystem::path path,
      std::shared_ptr<const Replication> replication = std::make_shared<const Replication>()) const;

  /// From the next read of each on, they read what is at the path now.
  void reopen() const;

  /// Tells the readers that the node's role has changed.
  void follow_role() const;

  /// What a replica's reads pass, across the readers' restarts.
  [[nodiscard]] ReadGate& gate() const noexcept { return *shared_->gate; }

 private:
  struct Shared {
    std::vector<std::shared_ptr<ReaderSlot>> slots;  // Constant after construction.
    const std::shared_ptr<ReadGate> gate = std::make_shared<ReadGate>();
  };

  template <class F>
  class Job final : public ReadJob {
   public:
    explicit Job(F function) : function_(std::move(function)) {}
    [[nodiscard]] actors::Result<ReadValue<F>> take() { return std::move(*result_); }

   private:
    void read(Connection& connection) override { result_.emplace(function_(connection)); }

    F function_;
    std::optional<actors::Result<ReadValue<F>>> result_;
  };

  template <class F>
  static actors::Task<actors::Result<ReadValue<F>>> read_on(std::shared_ptr<Shared> shared,
                                                            F function, actors::Duration timeout) {
    auto job = std::make_shared<Job<F>>(std::move(function));
    const auto done = co_await run(std::move(shared), job, timeout);
    if (!done) co_return std::unexpected(done.error());
    co_return job->take();
  }

  static actors::Task<actors::Result<void>> run(std::shared_ptr<Shared> shared,
                                                std::shared_ptr<ReadJob> job,
                                                actors::Duration timeout);
  static const std::shared_ptr<ReaderSlot>& least_busy(Shared& shared) noexcept;

  std::shared_ptr<Shared> shared_;
};

}  // namespace coppice::db
