#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "app/account_config.hpp"
#include "db/database.hpp"
#include "net/http/plug.hpp"

/// A client that writes through one node finds what it has written on whichever answers it next.
/// See docs/replication.md.
namespace coppice::app::http {

/// In answers to what has written, the position to ask for; in requests, the one asked for. The
/// cookie is the same for clients that don't know of it.
inline constexpr std::string_view kPositionHeader = "coppice-position";
inline constexpr std::string_view kPositionCookie = "coppice_position";

/// In answers to requests with a position: `current`, `waited`, `forwarded`, `superseded`,
/// `behind`.
inline constexpr std::string_view kReadHeader = "coppice-read";

/// What is asked of the database; tests have others.
struct Positions {
  std::function<db::Position()> written;
  std::function<net::Awaitable<db::Arrival>(db::Position)> wait;
};
[[nodiscard]] Positions positions_of(const db::Database& database);

/// What the primary answers, and what has become there of the position that was asked for.
struct PrimarysAnswer {
  net::http::Response response;
  db::Arrival arrival{};  ///< Never `missing`.
};

/// Has the primary answer a request whose position has not arrived here; nothing if it can't, and
/// if it doesn't have the position either.
using AskPrimary = std::function<net::Awaitable<std::optional<PrimarysAnswer>>(
    net::http::RequestPtr, db::Position)>;

struct ReadYourWritesOptions {
  SessionConfig cookie{};    ///< Where the cookie goes: where the session's does.
  AskPrimary ask_primary{};  ///< For GET and HEAD; without it the primary is not asked.
  /// Takes `position` of the query as well, since browsers send no headers with a socket; gives
  /// nobody a position, since what is written through a socket is known later. A long poll waits
  /// when it begins its session, and not again.
  bool for_sockets = false;
  /// Of a socket's requests, those that don't begin one.
  std::function<bool(const net::http::Request&)> goes_on{};
};

/// Has a request with a position wait until that has arrived, for Database::kArrival at the most;
/// has the primary answer if it hasn't; and says which happened. Gives the answer to a request that
/// has written its position, or the one that it came with if that is later, as header and as
/// cookie. For the pipelines of what reads the database.
///
/// A malformed header or parameter is answered 400; a malformed cookie is none.
[[nodiscard]] net::http::Plug read_your_writes(Positions positions, ReadYourWritesOptions options);

/// Marks a request that another node has sent here: it is answered here and now.
struct AskedByNode {};

}  // namespace coppice::app::http
