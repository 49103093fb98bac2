#include "app/content/derive_post.hpp"
#include "app/content/json_writer.hpp"
#include "app/content/permalink.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resources.hpp"
#include "app/content/slug.hpp"
#include "app/content/stored.hpp"
#include "app/content/upsert.hpp"

namespace coppice::app::content {

namespace {

using actors::Result;

constexpr std::size_t kLongestText = 1'000'000;

PostSource source_of(const Derivation& derivation) {
  PostSource source;
  source.title = derivation.record.text("title");
  source.slug = derivation.record.text("slug");
  source.raw_body = derivation.record.text("raw_body");
  // What is stored is HTML by now; only what was just sent is Markdown.
  if (derivation.given("description")) {
    source.description = derivation.record.maybe_text("description");
  }
  return source;
}

/// Renders what the author wrote. Images that name a stored asset get its address and size.
Result<void> derive_columns(Derivation derivation) {
  Record& record = derivation.record;
  const auto find = [&db = derivation.db](std::string_view name) -> std::optional<ImageInfo> {
    return find_image(db, name).value_or(std::nullopt);
  };
  const bool described = derivation.given("description");
  const bool rendered = derivation.given("raw_body") || derivation.given("title") ||
                        derivation.given("slug") || described;
  if (!rendered) return {};
  const Record derived = record_of(derive_post(source_of(derivation), false, find));
  for (const char* column : {"body", "excerpt", "headings", "reading_time_minutes"}) {
    record.set(column, *derived.find(column));
  }
  if (described) record.set("description", *derived.find("description"));
  return {};
}

}  // namespace

Resource posts() {
  using enum FieldType;
  return {
      .name = "posts",
      .singular = "post",
      .about = "Articles, written in Markdown. Drafts are seen by editors only.",
      .named_by = "slug",
      .address = Address::slug,
      .fields =
          {
              {.name = "title", .required = true, .sortable = true},
              {.name = "slug",
               .required = true,
               .unique = true,
               .sortable = true,
               .filterable = true,
               .pattern =
                   Pattern{
                       .regex = "^[a-z0-9_-]+$", .message = kBadSlug, .matches = is_valid_slug}},
              {.name = "excerpt", .read_only = true, .about = "HTML of the first paragraphs."},
              {.name = "description",
               .max_length = kLongestText,
               .about = "Sent as Markdown, shown as HTML."},
              {.name = "reading_time_minutes",
               .type = integer,
               .required = true,
               .read_only = true,
               .sortable = true},
              {.name = "is_draft", .type = boolean, .filterable = true, .fallback = "0"},
              {.name = "published_at", .type = time, .sortable = true},
              {.name = "headings",
               .type = json,
               .read_only = true,
               .about = "The table of contents.",
               .elements = R"({"type":"object","properties":{"link":{"type":"string"},)"
                           R"("title":{"type":"string"},"level":{"type":"integer"}},)"
                           R"("required":["link","title","level"]})"},
              {.name = "permalinks",
               .type = strings,
               .pattern = Pattern{.regex = kPermalinkRegex,
                                  .message = kBadPermalink,
                                  .matches = is_valid_permalink},
               .about = "Other paths, without the leading slash, that lead to the post."},
              {.name = "body",
               .required = true,
               .read_only = true,
               .in_lists = false,
               .about = "HTML."},
              {.name = "raw_body",
               .required = true,
               .in_lists = false,
               .max_length = kLongestText,
               .about = "Markdown."},
          },
      .tags = TagLink{.table = "posts_tags", .column = "post_id"},
      .search = FullText{.table = "posts_fts",
                         .columns = {{.name = "title", .weight = 10, .aliases = {"name"}},
                                     {.name = "raw_body", .weight = 1, .aliases = {"body"}},
                                     {.name = "excerpt", .weight = 2},
                                     {.name = "tags", .weight = 5, .aliases = {"tag"}}},
                         .snippet = 1,
                         .title = "title",
                         .fields = {"slug", "published_at"}},
      .hidden_when = "is_draft",
      .order = "-published_at",
      .derive = derive_columns,
  };
}

}  // namespace coppice::app::content
