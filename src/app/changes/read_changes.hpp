#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/changes/bookmark.hpp"
#include "app/changes/change.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"

namespace coppice::app::changes {

/// A record that takes more is left out of its events; who wants it asks for it.
inline constexpr std::size_t kLargestRecord = std::size_t{64} * 1024;

/// What is sent to a client at once: its outbound queue holds twice as much.
inline constexpr std::size_t kMostBytesAtOnce = std::size_t{512} * 1024;

struct ChangesOfTable {
  const content::Table* table = nullptr;
  std::vector<ChangePtr> changes;
};

struct ChangesPage {
  std::vector<ChangesOfTable> tables;  ///< One for each that was asked for.
  db::Position next;                   ///< What the page goes through.
  bool more = false;                   ///< There are more already.
};

/// What has changed in @p tables after @p since, in the order of commits, without a gap: of as many
/// commits as have about @p limit changes together. Each record is read once, as it is by now; what
/// each change made of it is told all the same.
///
/// Nothing when there is no continuation (see db::changes_since).
/// Errors: those of the statements. Thread: that of @p db, within one snapshot.
[[nodiscard]] actors::Result<std::optional<ChangesPage>> read_changes(
    db::Connection& db, std::span<const content::Table* const> tables, Bookmark since,
    std::size_t limit);

/// How a client's stream begins.
struct Beginning {
  Bookmark at;                        ///< How far it has been told once it has all of this.
  bool reset = false;                 ///< It can't go on where the client was.
  bool more = false;                  ///< Read on from `at` before anything else.
  std::vector<ChangePtr> changes{};   ///< What the client has missed.
  std::optional<std::string> list{};  ///< {"data":[…],"page":{"next":…}}
};

/// What a client asks to begin with.
struct Wish {
  View view;
  std::optional<Bookmark> since{};  ///< Where it was.
  bool snapshot = false;            ///< The list, unless it can go on where it was.
  /// How many changes of any resource are read at once. More are a reset, and so are events of more
  /// than kMostBytesAtOnce; or, in parts, left to the next time.
  std::size_t most = 1'000;
  bool in_parts = false;
};

/// Errors: too_large when not even one record of the list fits; those of the statements.
/// Thread: that of @p db, within one snapshot.
[[nodiscard]] actors::Result<Beginning> read_beginning(db::Connection& db, const Wish& wish);

/// A page of the list that the view is of, as content::read_list has it.
///
/// @param cursor  "next" of the page before; empty for the first page.
/// Errors: as above, and those of content::validate.
[[nodiscard]] actors::Result<std::string> read_view(db::Connection& db, const View& view,
                                                    const std::string& cursor);

}  // namespace coppice::app::changes
