#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/content/json_writer.hpp"
#include "app/content/resource/resource.hpp"
#include "app/content/search_query.hpp"
#include "db/statement.hpp"

namespace coppice::app::content {

/// One member of a record's JSON, in the order of the statement's columns.
struct OutColumn {
  std::string_view name;
  FieldType type;
};

/// How to sort a list.
struct Sort {
  std::string_view column;  ///< "id" or a sortable one.
  int index = 0;            ///< Of the column in a list's statement.
  bool descending = false;
  bool has_nulls = false;
};

/// A resource with what follows from its declaration: SQL and the shape of its JSON. Constant.
class Table {
 public:
  /// Throws std::logic_error, naming the resource, for a declaration that contradicts itself.
  explicit Table(Resource resource);

  [[nodiscard]] const Resource& resource() const noexcept { return resource_; }

  /// `SELECT … FROM <table> p`, for lists and for one record. The latter has the row's position as
  /// its last column, behind those that go into the JSON.
  [[nodiscard]] const std::string& list_select() const noexcept { return list_select_; }
  [[nodiscard]] const std::string& show_select() const noexcept { return show_select_; }

  /// Writes the current row of list_select() or show_select() as an object.
  void write_listed(JsonWriter& json, const db::Statement& row) const;
  void write_shown(JsonWriter& json, const db::Statement& row) const;

  [[nodiscard]] const std::vector<OutColumn>& list_columns() const noexcept {
    return list_columns_;
  }
  [[nodiscard]] const std::vector<OutColumn>& show_columns() const noexcept {
    return show_columns_;
  }

  /// "title", "-published_at" (descending); empty means the declared order.
  /// Errors: invalid_argument, naming what there is.
  [[nodiscard]] actors::Result<Sort> parse_sort(std::string_view written) const;
  /// The columns that parse_sort() knows.
  [[nodiscard]] std::vector<std::string_view> sortable() const;

  /// `NOT p.is_draft`, or `true` where there is nothing to hide.
  [[nodiscard]] const std::string& visible() const noexcept { return visible_; }
  /// Whether there are records that editors alone see.
  [[nodiscard]] bool hides_some() const noexcept { return !hidden_fact().empty(); }
  /// What followers of changes know of a record that is hidden (see changes::Facts): `is_draft`.
  /// Empty where there is nothing to hide.
  [[nodiscard]] std::string_view hidden_fact() const noexcept;

  /// The resources whose changes change a list of this one.
  [[nodiscard]] const std::vector<std::string_view>& list_depends_on() const noexcept {
    return list_depends_on_;
  }

  /// What is searched. @pre resource().search
  [[nodiscard]] SearchColumns search_columns() const noexcept {
    return {.all = search_all_, .fields = search_fields_};
  }
  /// Gives id and rank of what matches parameter 1, the best first, at most parameter 2 of them.
  [[nodiscard]] const std::string& search_ranked() const noexcept { return search_ranked_; }
  /// Gives title, snippet and the declared fields of the match of parameter 1 with the id that is
  /// parameter 2. The snippet is made for one row at a time and not beside the rank: there it would
  /// be made for every match before the best are chosen.
  [[nodiscard]] const std::string& search_result() const noexcept { return search_result_; }
  /// Writes the declared fields, from the current row's column @p first on, as members.
  void write_search_fields(JsonWriter& json, const db::Statement& row, int first) const;

 private:
  void check() const;
  void make_columns();
  void make_search();
  [[nodiscard]] std::string select(const std::vector<OutColumn>& columns) const;

  Resource resource_;
  std::vector<OutColumn> list_columns_;
  std::vector<OutColumn> show_columns_;
  std::string list_select_;
  std::string show_select_;
  std::string visible_;
  std::vector<std::string_view> list_depends_on_;
  std::string search_all_;
  std::vector<SearchField> search_fields_;
  std::string search_ranked_;
  std::string search_result_;
};

/// The resources of an application, by name. Constant once made; addresses of tables stay.
class Catalogue {
 public:
  /// Throws std::logic_error as Table does, and for two resources of one name.
  explicit Catalogue(std::vector<Resource> resources);

  [[nodiscard]] const Table* find(std::string_view name) const noexcept;
  [[nodiscard]] std::span<const std::unique_ptr<const Table>> tables() const noexcept {
    return tables_;
  }

 private:
  std::vector<std::unique_ptr<const Table>> tables_;
};

}  // namespace coppice::app::content
