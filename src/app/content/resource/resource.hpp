#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "actors/result.hpp"

namespace coppice::db {
class Connection;
}  // namespace coppice::db

/// The declaration of a resource: everything that the API knows of a table. From one of these come
/// its lists, its commands and their validation, its part in the search, its routes and its part
/// in the API's description. docs/adding-a-resource.md goes through one.
///
/// Beside what is declared, each table has `id INTEGER PRIMARY KEY AUTOINCREMENT`, `inserted_at`
/// and `updated_at`, triggers that write to the change feed, and a view of what followers of
/// changes ask about.
namespace coppice::app::content {

class Record;

/// What a column holds, and how it looks in JSON.
enum class FieldType : std::uint8_t {
  text,     ///< TEXT; a string.
  integer,  ///< INTEGER; a whole number.
  boolean,  ///< INTEGER 0 or 1; true or false.
  time,     ///< TEXT `YYYY-MM-DDTHH:MM:SS`; a string of ISO 8601 in UTC.
  strings,  ///< TEXT with a JSON list; a list of strings.
  json,     ///< TEXT with a JSON list that the server makes; never written by clients.
};

/// What a text has to look like.
struct Pattern {
  std::string_view regex;    ///< For the API's description (ECMA 262).
  std::string_view message;  ///< "must be lowercase …"
  bool (*matches)(std::string_view text) noexcept = nullptr;
};

inline constexpr std::size_t kUsualLength = 255;

/// One column.
struct Field {
  std::string_view name;  ///< The column's and the JSON member's: lower_case, a literal.
  FieldType type = FieldType::text;
  bool required = false;   ///< NOT NULL, and no text of blanks.
  bool unique = false;     ///< The table has a unique index on it.
  bool read_only = false;  ///< Clients may not send it: it is derived, or the server's.
  bool in_lists = true;    ///< Otherwise only in the answer that shows one record.
  bool sortable = false;   ///< Lists can be sorted by it; it must be in lists, and have an index.
  /// Who follows changes can ask for a value of it (see app/changes/filter.hpp): a text, a whole
  /// number or a boolean that the view coppice_<resource>_facts shows.
  bool filterable = false;
  std::size_t max_length = kUsualLength;  ///< Of a text, or of each of the strings; characters.
  std::optional<Pattern> pattern = {};
  std::string_view fallback = {};  ///< A boolean's or number's value when none is given: "0".
  std::string_view about = {};     ///< For the API's description.
  std::string_view elements = {};  ///< Of a json list: the JSON Schema of one, for the same.
};

/// What the tags of a record are called, in JSON and in a request.
inline constexpr std::string_view kTags = "tags";

/// The table that links records to tags: `<column>` and `tag_id`.
struct TagLink {
  std::string_view table;   ///< "posts_tags"
  std::string_view column;  ///< "post_id"
};

/// A column of a full-text index.
struct IndexedColumn {
  std::string_view name;
  double weight = 1;                           ///< How much a match here counts.
  std::vector<std::string_view> aliases = {};  ///< What people may call it: `title:` and so on.
};

/// An FTS5 table with the record's id as its row id. Its first column is that id again, unindexed.
struct FullText {
  std::string_view table;  ///< "posts_fts"
  std::vector<IndexedColumn> columns;
  std::size_t snippet = 0;                    ///< Which of the columns snippets are made of.
  std::string_view title;                     ///< The field that is a result's title.
  std::vector<std::string_view> fields = {};  ///< What a result has beside kind, id and title.
};

/// A value that lists have beside the columns: worked out by SQL on `p`, the record's row.
struct Computed {
  std::string_view name;
  std::string_view sql;                      ///< An integer.
  std::vector<std::string_view> depends_on;  ///< Resources whose changes change it.
  std::string_view about = {};
};

/// How a record is found in a path beside by its id.
enum class Address : std::uint8_t {
  id,    ///< Not at all.
  name,  ///< By its name; a record of that name goes before one of that id.
  slug,  ///< The same, and an underscore may stand for a hyphen.
};

/// What is about to be written, for a Derive.
struct Derivation {
  db::Connection& db;  ///< A reader's.
  Record& record;      ///< All fields, as they will be; what it sets is stored with them.
  bool create = false;
  /// Whether the client has sent this field, or will have changed it.
  std::function<bool(std::string_view field)> given;
};

/// Works out what a record's read-only fields hold. Thread: a reader's; may take milliseconds.
using Derive = actors::Result<void> (*)(Derivation derivation);

struct Resource {
  std::string_view name;      ///< The table, the path `/api/<name>`, the change feed: "posts".
  std::string_view singular;  ///< The kind in search results and notices: "post".
  std::string_view about = {};
  std::string_view named_by = {};  ///< The unique field that names a record for people: "slug".
  Address address = Address::id;
  std::vector<Field> fields;
  std::optional<TagLink> tags = {};
  std::optional<FullText> search = {};
  std::vector<Computed> computed = {};
  std::string_view hidden_when = {};  ///< A boolean field; editors alone see records that have it.
  /// The same where other records decide: SQL that holds for a record `p` that everybody sees. The
  /// view coppice_<resource>_facts has the opposite as `is_hidden`, and the change feed a change
  /// whenever that becomes another.
  std::string_view visible_when = {};
  std::string_view order = "-id";  ///< How lists are sorted unless asked: "-published_at".
  Derive derive = nullptr;
  bool created_from_json = true;  ///< Otherwise routes of its own create and replace records.

  [[nodiscard]] const Field* field(std::string_view wanted) const noexcept;
};

}  // namespace coppice::app::content
