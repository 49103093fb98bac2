#include "app/content/image_name.hpp"
#include "app/content/resource/record.hpp"
#include "app/content/resources.hpp"

namespace coppice::app::content {

namespace {

/// A name that can stand in a path and be stored: of a WebP file, in no folder.
bool is_image_name(std::string_view name) noexcept {
  return name.size() > 5 && name.ends_with(".webp") && !name.starts_with('.') &&
         name.find_first_of("/\\") == std::string_view::npos;
}

/// A renamed image is served under its new name.
actors::Result<void> derive(Derivation derivation) {
  derivation.record.set("path", image_url(derivation.record.text("name")));
  return {};
}

}  // namespace

Resource assets() {
  using enum FieldType;
  return {
      .name = "assets",
      .singular = "asset",
      .about = "Images, stored as WebP and served from /assets/images/.",
      .named_by = "name",
      .address = Address::name,
      .fields =
          {
              {.name = "name",
               .required = true,
               .unique = true,
               .sortable = true,
               .filterable = true,
               .pattern = Pattern{.regex = R"(^[^./\\][^/\\]*\.webp$)",
                                  .message = "must be a file name that ends with .webp",
                                  .matches = is_image_name}},
              {.name = "path",
               .required = true,
               .unique = true,
               .read_only = true,
               .about = "Where the image is served."},
              {.name = "width",
               .type = integer,
               .required = true,
               .read_only = true,
               .about = "Pixels."},
              {.name = "height",
               .type = integer,
               .required = true,
               .read_only = true,
               .about = "Pixels."},
              {.name = "content_type", .required = true, .read_only = true},
              {.name = "type", .required = true, .read_only = true, .filterable = true},
              {.name = "lqip_hash",
               .type = integer,
               .read_only = true,
               .about = "A placeholder in 20 bits (leanrada.com/notes/css-only-lqip); null for an "
                        "image that is transparent somewhere."},
          },
      .order = "name",
      .derive = derive,
      .created_from_json = false,
  };
}

}  // namespace coppice::app::content
