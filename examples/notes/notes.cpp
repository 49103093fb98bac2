#include "app/content/resource/resource.hpp"

namespace coppice::app::content {

Resource notes() {
  using enum FieldType;
  return {
      .name = "notes",
      .singular = "note",
      .about = "What somebody wants to remember.",
      .fields =
          {
              {.name = "title", .required = true, .unique = true, .sortable = true},
              {.name = "text", .required = true, .in_lists = false, .max_length = 10'000},
              {.name = "is_private", .type = boolean, .fallback = "0"},
              {.name = "due_at", .type = time, .sortable = true},
          },
      .search = FullText{.table = "notes_fts",
                         .columns = {{.name = "title", .weight = 10}, {.name = "text"}},
                         .snippet = 1,
                         .title = "title",
                         .fields = {"due_at"}},
      .hidden_when = "is_private",
      .order = "-due_at",
  };
}

}  // namespace coppice::app::content
