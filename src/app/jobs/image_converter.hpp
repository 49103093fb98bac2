#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "actors/server.hpp"
#include "app/content/asset.hpp"
#include "db/child_slot.hpp"

namespace coppice::app::jobs {

/// Converts uploaded images to what is stored, one at a time: a large one takes a hundred megabytes
/// and a second. What waits beyond its mailbox is refused as `overloaded`.
///
/// Thread: one of its own, since it computes for long (Placement::own_thread).
class ImageConverter final : public actors::Server<ImageConverter> {
 public:
  using Slot = db::ChildSlot<ImageConverter>;

  /// @param slot  Where others find it.
  explicit ImageConverter(std::shared_ptr<Slot> slot) : slot_(std::move(slot)) {}

  void init();

  /// Errors: those of content::make_asset.
  struct Convert {
    using Reply = content::Asset;
    std::string file_name;
    std::string file;
  };
  actors::Result<content::Asset> handle(const Convert& message);

  [[nodiscard]] std::string describe() const override;

 private:
  const std::shared_ptr<Slot> slot_;
  std::uint64_t converted_ = 0;
  std::uint64_t refused_ = 0;
};

}  // namespace coppice::app::jobs
