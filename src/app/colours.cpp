#include "app/colours.hpp"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace coppice::app {

bool takes_colours(int descriptor) {
  const char* unwanted = std::getenv("NO_COLOR");
  const bool wanted = unwanted == nullptr || std::string_view(unwanted).empty();
  return wanted && isatty(descriptor) != 0;
}

}  // namespace coppice::app
