#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"
#include "app/content/list_request.hpp"
#include "app/content/resource/table.hpp"
#include "db/connection.hpp"
#include "db/value.hpp"

namespace coppice::app::content {

/// A condition on a record: that a field of it has this value, as it is stored.
struct FieldIs {
  std::string field;
  db::Value value;

  friend bool operator==(const FieldIs&, const FieldIs&) = default;
};

/// What a client asks of a list.
struct ListRequest {
  int limit = kDefaultLimit;           ///< 1 to kMaxLimit.
  std::string cursor = {};             ///< "next" of the page before; empty for the first page.
  std::string sort = {};               ///< See Table::parse_sort; empty for the usual order.
  std::vector<std::string> tags = {};  ///< Labels that a record must all carry.
  std::string query = {};              ///< As typed into a search box; empty for all records.
  bool hidden_too = false;             ///< For editors.
  std::vector<FieldIs> fields = {};    ///< All of them must hold.
};

/// A document and the position that it is right at.
struct Document {
  std::string json;
  std::string etag;        ///< Without quotes.
  bool unchanged = false;  ///< The client has it already; there is no json.
};

using KnownEtag = std::function<bool(std::string_view etag)>;

inline constexpr std::size_t kMostTags = 10;  ///< That a list can be asked for at once.

/// Whether that can be asked. Errors: invalid_argument for a cursor that no page of this list gave,
/// an unknown sort or field, a limit out of range, more than kMostTags, and tags where records have
/// none.
[[nodiscard]] actors::Result<void> validate(const Table& table, const ListRequest& request);

/// One page as {"data":[…],"page":{"next":…}}, of records without the fields that aren't in lists.
/// The next page starts behind the last record of this one, wherever records have come or gone
/// meanwhile.
///
/// @param is_known  Whether the client has the page of that ETag already; may be empty.
/// Errors: those of validate(), and of the statements. Thread: that of @p db.
[[nodiscard]] actors::Result<Document> read_list(db::Connection& db, const Table& table,
                                                 const ListRequest& request,
                                                 const KnownEtag& is_known = {});

}  // namespace coppice::app::content
