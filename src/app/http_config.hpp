#pragma once

#include "app/config_reader.hpp"

namespace coppice::app {

/// Reads what concerns the HTTP endpoint; problems are the reader's.
[[nodiscard]] HttpConfig read_http_config(ConfigReader& reader);

}  // namespace coppice::app
