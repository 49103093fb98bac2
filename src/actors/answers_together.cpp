#include "actors/answers_together.hpp"

#include <algorithm>
#include <utility>

#include "actors/shard.hpp"

namespace coppice::actors {
namespace {

constinit thread_local AnswersTogether* innermost = nullptr;

}  // namespace

AnswersTogether::AnswersTogether() noexcept : outer_(std::exchange(innermost, this)) {}

AnswersTogether::~AnswersTogether() {
  innermost = outer_;
  for (auto& part : parts_) part.shard->post(std::move(part.answers));
}

AnswersTogether* AnswersTogether::current() noexcept { return innermost; }

void AnswersTogether::add(Shard& shard, std::unique_ptr<Envelope> answer) {
  const auto found = std::ranges::find(parts_, &shard, &Part::shard);
  Part& part = found != parts_.end() ? *found : parts_.emplace_back(&shard);
  part.answers.add(std::move(answer));
}

}  // namespace coppice::actors
