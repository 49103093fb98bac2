#include "app/content/change.hpp"

namespace coppice::app::content {

std::string_view to_string(Outcome outcome) noexcept {
  switch (outcome) {
    case Outcome::unchanged: return "unchanged";
    case Outcome::created: return "created";
    case Outcome::updated: return "updated";
  }
  return "unknown";
}

}  // namespace coppice::app::content
