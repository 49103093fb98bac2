#include "app/content/resource/resource.hpp"

#include <algorithm>

namespace coppice::app::content {

const Field* Resource::field(std::string_view wanted) const noexcept {
  const auto found = std::ranges::find(fields, wanted, &Field::name);
  return found == fields.end() ? nullptr : &*found;
}

}  // namespace coppice::app::content
