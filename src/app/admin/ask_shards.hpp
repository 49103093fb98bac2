#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/post.hpp>

#include "actors/runtime.hpp"
#include "actors/shard.hpp"

namespace coppice::app::admin {

/// How long a shard may take to answer an operator's question.
inline constexpr actors::Duration kShardPatience = std::chrono::seconds(1);

/// Puts @p question to every shard at once, and gives what each has answered within @p patience:
/// nothing for one that is stuck. It may still come to the question later, so that owns what it
/// uses, and its answer is dropped then.
///
/// Thread: any that is no shard's; blocks.
template <class T>
[[nodiscard]] std::vector<std::optional<T>> ask_shards(
    actors::Runtime& runtime, std::function<T(std::uint32_t shard)> question,
    actors::Duration patience = kShardPatience) {
  struct Answers {
    std::mutex mutex;  // guards what follows
    std::condition_variable came;
    std::vector<std::optional<T>> all;
    std::size_t missing = 0;
  };
  const auto answers = std::make_shared<Answers>();
  answers->missing = runtime.shard_count();
  answers->all.resize(answers->missing);
  for (std::uint32_t i = 0; i < runtime.shard_count(); ++i) {
    boost::asio::post(runtime.shard(i).io(), [answers, question, i] {
      T answer = question(i);
      const std::lock_guard lock(answers->mutex);
      answers->all[i] = std::move(answer);
      --answers->missing;
      answers->came.notify_all();
    });
  }
  std::unique_lock lock(answers->mutex);
  answers->came.wait_for(lock, patience, [&] { return answers->missing == 0; });
  return answers->all;  // a copy: those who are late write into the other
}

/// "shard 2 does not answer", for each that has not.
template <class T>
[[nodiscard]] std::vector<std::string> unanswered(const std::vector<std::optional<T>>& answers) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i]) out.push_back("shard " + std::to_string(i) + " does not answer");
  }
  return out;
}

}  // namespace coppice::app::admin
