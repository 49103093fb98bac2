#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "actors/result.hpp"
#include "db/litefs/node_state.hpp"

namespace coppice::db::litefs {

/// A transaction of one database has been committed here, or has arrived. After a snapshot one of
/// them stands for many.
struct TransactionEvent {
  std::string database;
  std::uint64_t number = 0;
};

/// A kind that this version doesn't know.
struct UnknownEvent {};

/// One line of LiteFS's `/events`: `init` and `primaryChange` are reports.
/// Source: LiteFS 0.5.14, http/server.go.
using Event = std::variant<PrimaryReport, TransactionEvent, UnknownEvent>;

/// Errors: malformed.
[[nodiscard]] actors::Result<Event> parse_event(std::string_view line);

/// What `/info` answers.
struct Info {
  PrimaryReport primary{};
  std::string data_folder{};
};

/// Errors: malformed.
[[nodiscard]] actors::Result<Info> parse_info(std::string_view json);

}  // namespace coppice::db::litefs
