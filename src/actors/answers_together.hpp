#pragma once

#include <memory>
#include <vector>

#include "actors/envelope.hpp"

namespace coppice::actors {

class Shard;

/// While one is alive, the answers that its thread gives to callers on other shards are kept back;
/// with its end each of those shards gets all of its own at once, and is woken once. For an actor
/// that answers many calls in one go:
///
///     const actors::AnswersTogether together;
///     for (auto& [reply, result] : batch) reply.answer(std::move(result));
///
/// Answers to callers on the same shard, or outside the runtime, aren't kept back. The order of the
/// answers to one shard stays.
///
/// Thread: one that stays within the scope: no `co_await` inside.
class AnswersTogether {
 public:
  AnswersTogether() noexcept;
  AnswersTogether(const AnswersTogether&) = delete;
  AnswersTogether& operator=(const AnswersTogether&) = delete;
  ~AnswersTogether();

  /// The innermost of this thread, or null.
  [[nodiscard]] static AnswersTogether* current() noexcept;

  /// Keeps an answer for a caller on @p shard back.
  void add(Shard& shard, std::unique_ptr<Envelope> answer);

 private:
  struct Part {
    Shard* shard;
    MailBundle answers{};
  };

  std::vector<Part> parts_;  // there are few shards
  AnswersTogether* const outer_;
};

}  // namespace coppice::actors
