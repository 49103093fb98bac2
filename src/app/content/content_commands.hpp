#pragma once

#include <string_view>
#include <tuple>

#include "actors/result.hpp"
#include "app/content/asset.hpp"
#include "app/content/change.hpp"
#include "app/content/import_source.hpp"
#include "app/content/post.hpp"
#include "db/command.hpp"

/// The writes of the content application; see upsert.hpp for what they do and db/command.hpp for
/// how they run. A record that comes from a file is remembered with it, and one that somebody has
/// changed or deleted since the same file was imported is left alone.
namespace coppice::app::content {

struct UpsertPost {
  static constexpr std::string_view kName = "content.upsert_post";
  using Reply = Change;

  Post post;
  ImportSource source = {};

  auto fields(this auto& self) { return std::tie(self.post, self.source); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

struct UpsertProject {
  static constexpr std::string_view kName = "content.upsert_project";
  using Reply = Change;

  Project project;
  ImportSource source = {};

  auto fields(this auto& self) { return std::tie(self.project, self.source); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

struct UpsertAsset {
  static constexpr std::string_view kName = "content.upsert_asset";
  using Reply = Change;

  Asset asset;
  ImportSource source = {};

  auto fields(this auto& self) { return std::tie(self.asset, self.source); }
  [[nodiscard]] actors::Result<Reply> run(db::Connection& db) const;
};

/// Makes the writer know all of them.
void add_content_commands(db::CommandRegistry& registry);

}  // namespace coppice::app::content
