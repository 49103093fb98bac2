#include "app/jobs/image_converter.hpp"

#include <fmt/format.h>

namespace coppice::app::jobs {

void ImageConverter::init() { slot_->enter(runtime(), cell().place()); }

actors::Result<content::Asset> ImageConverter::handle(const Convert& message) {
  auto asset = content::make_asset(message.file_name, message.file);
  ++(asset ? converted_ : refused_);
  return asset;
}

std::string ImageConverter::describe() const {
  return fmt::format("{} images converted, {} could not be", converted_, refused_);
}

}  // namespace coppice::app::jobs
