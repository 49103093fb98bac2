#include "app/content/resources.hpp"

namespace coppice::app::content {

Resource tags() {
  return {
      .name = "tags",
      .singular = "tag",
      .about =
          "Labels of posts and projects. They are made as records that carry them are written.",
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
      .order = "label",
  };
}

}  // namespace coppice::app::content
