#pragma once

#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <simdjson.h>

#include "app/content/content_commands.hpp"
#include "app/content/folder_import.hpp"
#include "app/content/upsert.hpp"
#include "db/database_fixture.hpp"
#include "db/run_commands.hpp"

namespace coppice::app::content {

using db::must;

/// A post with only what every post has.
inline Post simple_post(std::string slug) {
  Post post;
  post.title = "About " + slug;
  post.raw_body = "All about " + slug;
  post.body = "<p>All about " + slug + "</p>\n";
  post.headings = {{slug, post.title, 1}};
  post.published_at = "2025-01-01T00:00:00";
  post.slug = std::move(slug);
  return post;
}

inline Project simple_project(std::string name) {
  return {
      .name = std::move(name), .url = "https://example.com", .description = "A thing", .tags = {}};
}

/// A test with a database in the current schema, and content in it.
class ContentTest : public db::MigratedDatabaseTest {
 protected:
  ContentTest() { add_content_commands(commands_); }

  std::vector<FolderImport::WriteResult> write(const std::vector<db::Command>& commands) {
    std::vector<FolderImport::WriteResult> results;
    for (auto& result : db::run_commands(db_, commands_, commands)) {
      if (result) {
        results.emplace_back(std::move(result->value));
      } else {
        results.emplace_back(std::unexpected(std::move(result.error())));
      }
    }
    return results;
  }

  ImportReport import(const std::filesystem::path& root, ImportOptions options = {}) {
    return must(import_folder(root, options, db_,
                              [this](const auto& commands) { return write(commands); }));
  }

  db::CommandRegistry commands_;
};

/// Reads values out of a JSON answer by JSON pointers: "/data/0/slug".
class Json {
 public:
  explicit Json(const std::string& text) {
    if (parser_.parse(text).get(root_) != simdjson::SUCCESS) {
      throw std::runtime_error("no JSON: " + text);
    }
  }

  [[nodiscard]] std::string text(std::string_view pointer) const {
    return std::string(std::string_view(at(pointer)));
  }
  [[nodiscard]] std::int64_t integer(std::string_view pointer) const { return at(pointer); }
  [[nodiscard]] bool is_null(std::string_view pointer) const { return at(pointer).is_null(); }
  [[nodiscard]] bool has(std::string_view pointer) const {
    return root_.at_pointer(pointer).error() == simdjson::SUCCESS;
  }
  [[nodiscard]] std::string raw(std::string_view pointer) const {
    return simdjson::minify(at(pointer));
  }

  /// One field of every element of "data".
  [[nodiscard]] std::vector<std::string> each(std::string_view field) const {
    std::vector<std::string> values;
    for (const simdjson::dom::element element : simdjson::dom::array(at("/data"))) {
      values.emplace_back(std::string_view(element[field]));
    }
    return values;
  }

 private:
  [[nodiscard]] simdjson::dom::element at(std::string_view pointer) const {
    return root_.at_pointer(pointer);
  }

  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

using Strings = std::vector<std::string>;

}  // namespace coppice::app::content
