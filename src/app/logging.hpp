#pragma once

#include "app/config.hpp"

namespace coppice::app {

/// Sets up the process's log: to standard error, as text or as one JSON object a line.
void set_up_logging(const Config& config);

}  // namespace coppice::app
