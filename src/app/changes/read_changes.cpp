#include "app/changes/read_changes.hpp"

#include <algorithm>
#include <map>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "app/content/resource/find_record.hpp"
#include "app/content/resource/read_list.hpp"
#include "db/change_feed.hpp"
#include "db/query.hpp"

namespace coppice::app::changes {

using actors::Errc;
using actors::fail;
using actors::Result;
using content::Table;

namespace {

using RecordKey = std::pair<std::string_view, std::int64_t>;  // a table's name, an id

std::optional<Facts> facts_in(const std::optional<std::string>& json) {
  return json ? Facts::parse(*json) : std::nullopt;
}

/// A record as it is in the snapshot.
struct Current {
  std::optional<Facts> facts;
  std::optional<std::string> listed;
};

Result<Current> read_current(db::Connection& db, const Table& table, std::int64_t id) {
  auto facts = db::query_value<std::string>(
      db, fmt::format("SELECT facts FROM coppice_{}_facts WHERE id = ?", table.resource().name),
      id);
  if (!facts) return std::unexpected(std::move(facts.error()));
  if (!*facts) return Current{};
  auto listed = content::show_listed(db, table, id);
  if (!listed) return std::unexpected(std::move(listed.error()));
  if (*listed && (*listed)->size() > kLargestRecord) listed->reset();
  return Current{facts_in(*facts), std::move(*listed)};
}

/// Makes changes of a page's rows.
class Reading {
 public:
  Reading(db::Connection& db, std::span<const Table* const> tables) : db_(db) {
    for (const Table* table : tables) out_.push_back({.table = table, .changes = {}});
  }

  [[nodiscard]] Result<ChangesPage> read(const db::ChangePage& page, Bookmark since) {
    if (page.more) {
      if (auto looked = look_ahead(page.next); !looked) return std::unexpected(looked.error());
    }
    // The last first: what a change left is what the record's next one found.
    std::pair<std::string_view, std::int64_t> later;  // table and commit of the row behind it
    for (const auto& row : std::views::reverse(page.changes)) {
      auto* of_table = find(row.resource);
      if (of_table == nullptr) continue;
      const RecordKey key{of_table->table->resource().name, row.id};
      const bool commit_goes_on = later == std::pair(key.first, row.position.sequence);
      later = {key.first, row.position.sequence};
      const Bookmark at{row.position, commit_goes_on ? row.id : Bookmark::kAll};
      if (Bookmark{row.position, row.id} <= since) break;
      if (auto added = add(*of_table, key, at, row); !added) {
        return std::unexpected(added.error());
      }
    }
    for (auto& of_table : out_) std::ranges::reverse(of_table.changes);
    return ChangesPage{std::move(out_), page.next, page.more};
  }

 private:
  ChangesOfTable* find(std::string_view resource) {
    const auto named = [resource](const ChangesOfTable& each) {
      return each.table->resource().name == resource;
    };
    const auto found = std::ranges::find_if(out_, named);
    return found == out_.end() ? nullptr : &*found;
  }

  /// Takes what the changes behind the page found.
  Result<void> look_ahead(db::Position page_end) {
    const auto take = [this](const db::Statement& row) {
      const auto* of_table = find(row.get<std::string_view>(0));
      if (of_table == nullptr) return;
      const RecordKey key{of_table->table->resource().name, row.get<std::int64_t>(1)};
      found_by_next_[key] = facts_in(row.get<std::optional<std::string>>(2));
    };
    return db::for_each_row(db_, take,
                            "SELECT c.resource, c.id, f.facts, min(c.seq) FROM changes c "
                            "LEFT JOIN coppice_facts_before f USING (seq, resource, id) "
                            "WHERE c.seq > ? GROUP BY c.resource, c.id",
                            page_end.sequence);
  }

  Result<void> add(ChangesOfTable& of_table, RecordKey key, Bookmark at,
                   const db::ChangeRecord& row) {
    auto current = current_.find(key);
    if (current == current_.end()) {
      auto read = read_current(db_, *of_table.table, row.id);
      if (!read) return std::unexpected(std::move(read.error()));
      current = current_.emplace(key, std::move(*read)).first;
    }
    Change::Contents contents{.resource = key.first, .id = row.id, .at = at};
    contents.before = facts_in(row.before);
    const auto next = found_by_next_.find(key);
    contents.after = next == found_by_next_.end() ? current->second.facts : next->second;
    contents.now = current->second.facts;
    contents.record = current->second.listed;
    found_by_next_[key] = contents.before;
    of_table.changes.push_back(std::make_shared<const Change>(std::move(contents)));
    return {};
  }

  db::Connection& db_;
  std::vector<ChangesOfTable> out_;
  std::map<RecordKey, Current> current_;
  std::map<RecordKey, std::optional<Facts>> found_by_next_;
};

/// Leaves what is more than kMostBytesAtOnce to the next time.
void keep_what_fits(Beginning& beginning) {
  auto& changes = beginning.changes;
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    bytes += changes[i]->bytes();
    if (bytes <= kMostBytesAtOnce || i + 1 == changes.size()) continue;
    changes.resize(i + 1);
    beginning.at = changes.back()->at();
    beginning.more = true;
  }
}

/// What the client has missed; nothing if it can't be told all of it.
Result<std::optional<Beginning>> read_missed(db::Connection& db, const Wish& wish) {
  auto page = read_changes(db, {&wish.view.table, 1}, *wish.since, wish.most);
  if (!page) return std::unexpected(std::move(page.error()));
  if (!*page) return std::nullopt;
  Beginning beginning{.at = std::max(*wish.since, Bookmark{(*page)->next})};
  beginning.more = (*page)->more;
  beginning.changes = std::move((*page)->tables.front().changes);
  if (wish.in_parts) {
    keep_what_fits(beginning);
    return beginning;
  }
  const auto bytes = bytes_of(events_for(wish.view, beginning.changes));
  if (beginning.more || bytes > kMostBytesAtOnce) return std::nullopt;
  return beginning;
}

}  // namespace

Result<std::optional<ChangesPage>> read_changes(db::Connection& db,
                                                std::span<const Table* const> tables,
                                                Bookmark since, std::size_t limit) {
  // Of a commit that was told in part the rest is to be told.
  db::Position start = since.position;
  if (since.record != Bookmark::kAll) --start.sequence;
  const auto page = db::changes_since(db, start, limit);
  if (!page) return std::unexpected(page.error());
  if (!*page) return std::nullopt;
  auto read = Reading(db, tables).read(**page, since);
  if (!read) return std::unexpected(std::move(read.error()));
  return std::move(*read);
}

Result<Beginning> read_beginning(db::Connection& db, const Wish& wish) {
  if (wish.since) {
    auto missed = read_missed(db, wish);
    if (!missed) return std::unexpected(std::move(missed.error()));
    if (*missed) return std::move(**missed);
  }
  const auto now = db::read_position(db);
  if (!now) return std::unexpected(now.error());
  Beginning beginning{.at = {*now}, .reset = wish.since.has_value()};
  if (!wish.snapshot) return beginning;
  auto list = read_view(db, wish.view, {});
  if (!list) return std::unexpected(std::move(list.error()));
  beginning.list = std::move(*list);
  return beginning;
}

Result<std::string> read_view(db::Connection& db, const View& view, const std::string& cursor) {
  for (int limit = content::kMaxLimit; limit > 0; limit /= 2) {
    auto page = content::read_list(db, *view.table,
                                   {.limit = limit,
                                    .cursor = cursor,
                                    .tags = view.filter.tags,
                                    .hidden_too = view.sees_hidden,
                                    .fields = view.filter.fields});
    if (!page) return std::unexpected(std::move(page.error()));
    if (page->json.size() <= kMostBytesAtOnce) return std::move(page->json);
  }
  return fail(Errc::too_large, "a record of the list is too large for this");
}

}  // namespace coppice::app::changes
