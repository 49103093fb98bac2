#include "app/content/resources.hpp"

namespace coppice::app::content {

Resource projects() {
  return {
      .name = "projects",
      .singular = "project",
      .about = "What a portfolio shows.",
      .named_by = "name",
      .fields =
          {
              {.name = "name",
               .required = true,
               .unique = true,
               .sortable = true,
               .filterable = true},
              {.name = "url", .required = true, .max_length = 2'000},
              {.name = "description", .required = true, .max_length = 100'000},
          },
      .tags = TagLink{.table = "projects_tags", .column = "project_id"},
      .search = FullText{.table = "projects_fts",
                         .columns = {{.name = "name", .weight = 10, .aliases = {"title"}},
                                     {.name = "description", .weight = 1, .aliases = {"body"}},
                                     {.name = "tags", .weight = 5, .aliases = {"tag"}}},
                         .snippet = 1,
                         .title = "name",
                         .fields = {"url"}},
      .order = "name",
  };
}

}  // namespace coppice::app::content
