#pragma once

#include "app/content/asset.hpp"
#include "app/content/post.hpp"
#include "app/content/resource/record.hpp"

/// Records of the content application as their tables hold them: every column, apart from id,
/// timestamps and tags.
namespace coppice::app::content {

[[nodiscard]] Record record_of(const Post& post);
[[nodiscard]] Record record_of(const Project& project);
[[nodiscard]] Record record_of(const Asset& asset);

}  // namespace coppice::app::content
