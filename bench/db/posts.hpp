#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "actors/result.hpp"
#include "db/database.hpp"
#include "rows.hpp"

/// The posts that the benchmarks read: 10,000 of them, of about 2 KB.
namespace coppice::bench {

inline constexpr std::int64_t kPosts = 10'000;
inline constexpr auto kPatience = std::chrono::seconds(30);

/// One post in a hundred has the word "rareword", all have "common".
void write_posts(actors::Runtime& runtime, const db::Database& database);

using TitleAndText = std::tuple<std::string, std::string>;

/// By its slug, which has a unique index.
actors::Result<std::optional<TitleAndText>> read_post(db::Connection& db, std::int64_t number);

/// A read through the pool, by one caller after the other.
template <class Function>
struct ReadOne {
  db::Database database;
  Function function;

  actors::Task<bool> operator()() { return read(database, function); }
  static actors::Task<bool> read(db::Database database, Function function) {
    const auto found = co_await database.read(std::move(function), kPatience);
    co_return found.has_value();
  }
};

}  // namespace coppice::bench
