#pragma once

#include <string>
#include <string_view>

#include "actors/result.hpp"

namespace coppice::app::sentry {

/// Where events go, and with which key: https://KEY@HOST/PATH/PROJECT. The key is no secret, since
/// web pages have it, but no log needs it.
struct Dsn {
  std::string envelope_url;  ///< "https://HOST/PATH/api/PROJECT/envelope/"
  std::string key;
  std::string host;  ///< With the port, for people.
};

/// Errors: invalid_argument, saying what is missing.
[[nodiscard]] actors::Result<Dsn> parse_dsn(std::string_view text);

}  // namespace coppice::app::sentry
