#include "app/content/stored.hpp"

#include "app/content/json_writer.hpp"

namespace coppice::app::content {

namespace {

std::string headings_json(const std::vector<Heading>& headings) {
  JsonWriter json;
  json.begin_array();
  for (const Heading& heading : headings) {
    json.begin_object().key("link").string(heading.link).key("title").string(heading.title);
    json.key("level").integer(heading.level).end_object();
  }
  json.end_array();
  return std::move(json).take();
}

std::string strings_json(const std::vector<std::string>& strings) {
  JsonWriter json;
  json.strings(strings);
  return std::move(json).take();
}

}  // namespace

Record record_of(const Post& post) {
  Record record;
  record.set("slug", post.slug);
  record.set("title", post.title);
  record.set("body", post.body);
  record.set("raw_body", post.raw_body);
  record.set("excerpt", to_value(post.excerpt));
  record.set("description", to_value(post.description));
  record.set("reading_time_minutes", std::int64_t{post.reading_time_minutes});
  record.set("is_draft", std::int64_t{post.is_draft});
  record.set("published_at", to_value(post.published_at));
  record.set("headings", headings_json(post.headings));
  record.set("permalinks", strings_json(post.permalinks));
  return record;
}

Record record_of(const Project& project) {
  Record record;
  record.set("name", project.name);
  record.set("url", project.url);
  record.set("description", project.description);
  return record;
}

Record record_of(const Asset& asset) {
  Record record;
  record.set("name", asset.name);
  record.set("path", asset.path);
  record.set("data", asset.data);
  record.set("width", std::int64_t{asset.width_px});
  record.set("height", std::int64_t{asset.height_px});
  record.set("content_type", asset.content_type);
  record.set("type", asset.type);
  record.set("lqip_hash",
             asset.lqip_hash ? db::Value(std::int64_t{*asset.lqip_hash}) : db::Value());
  return record;
}

}  // namespace coppice::app::content
