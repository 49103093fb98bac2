#pragma once

#include <span>
#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::db {
class Connection;
}  // namespace coppice::db

/// The position of a record's last change: of the commit that made it ("1765357200123456.42", see
/// db/position.hpp), and which of that commit's changes to the record it was, if there were several
/// (".1"). It names what the record looks like, so it is the record's ETag. The trigger on the
/// change feed keeps it, in the transaction of the change, however that was made.
///
/// Positions beside rows, not in them: the tables are those of Ecto applications, which may go on
/// using them, and a table gets positions for its change feed alone.
namespace coppice::app::content {

/// An SQL expression for the position of the row `p` of a resource.
[[nodiscard]] std::string row_position_sql(std::string_view resource);

/// Positions of whole resources, in one text: the same text means that nothing in any of them has
/// changed; or, unless @p hidden_too, nothing that the public sees.
/// Errors: those of the statement. Thread: that of the connection.
[[nodiscard]] actors::Result<std::string> position_of_resources(
    db::Connection& db, std::span<const std::string_view> resources, bool hidden_too);

}  // namespace coppice::app::content
