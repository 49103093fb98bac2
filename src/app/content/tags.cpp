#include "app/content/resources.hpp"

namespace coppice::app::content {

namespace {

/// What no draft decides: else a tag would tell that there is one.
constexpr std::string_view kIsOnSomethingPublic =
    "EXISTS (SELECT 1 FROM posts_tags l JOIN posts o ON o.id = l.post_id "
    "WHERE l.tag_id = p.id AND NOT o.is_draft) "
    "OR EXISTS (SELECT 1 FROM projects_tags l WHERE l.tag_id = p.id)";

}  // namespace

Resource tags() {
  return {
      .name = "tags",
      .singular = "tag",
      .about =
          "Labels of posts and projects. They are made as records that carry them are written. "
          "Those "
          "that no published post and no project carries are seen by editors only.",
      .named_by = "label",
      .address = Address::name,
      .fields = {{.name = "label",
                  .required = true,
                  .unique = true,
                  .sortable = true,
                  .filterable = true}},
      .computed =
          {
              {.name = "posts_count",
               .sql = "SELECT count(*) FROM posts_tags l JOIN posts o ON o.id = l.post_id "
                      "WHERE l.tag_id = p.id AND NOT o.is_draft",
               .depends_on = {"posts"},
               .about = "Published posts that carry the tag."},
              {.name = "projects_count",
               .sql = "SELECT count(*) FROM projects_tags l WHERE l.tag_id = p.id",
               .depends_on = {"projects"},
               .about = "Projects that carry the tag."},
          },
      .visible_when = kIsOnSomethingPublic,
      .order = "label",
  };
}

}  // namespace coppice::app::content
