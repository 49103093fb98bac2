#pragma once

#include <cstdint>
#include <string>

#include "actors/result.hpp"

namespace coppice::app::cli {

/// Where a password comes from. Never from the command line, which others can see.
enum class PasswordSource : std::uint8_t {
  prompt,          ///< Asked for twice on the terminal, without an echo.
  standard_input,  ///< Its first line.
  generated,       ///< Made at random and printed.
};

/// Errors: invalid_argument, saying what to do: without a terminal to ask on, for two that differ,
/// and for one that is too short or too long.
[[nodiscard]] actors::Result<std::string> read_password(PasswordSource source);

}  // namespace coppice::app::cli
