#pragma once

#include <string>
#include <string_view>

#include "actors/presence/entry.hpp"

namespace coppice::actors::presence {

/// The payload of `presence_state`: `{KEY: {"metas": [META, …]}, …}`. Each META is the member's
/// own object with `phx_ref`, and `phx_ref_prev` after an update, behind its own fields, so that
/// one of its own with such a name loses.
[[nodiscard]] std::string to_json(const TopicState& state);

/// The payload of `presence_diff`: `{"joins": {…}, "leaves": {…}}`.
[[nodiscard]] std::string to_json(const Diff& diff);

/// The payload of `presence_count`: `{"count":N}`.
[[nodiscard]] std::string to_json(const TopicCount& count);

/// Whether @p text may stand in JSON as it is or escaped, that is, whether it is valid UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

/// Whether @p text can be a meta: UTF-8 and, between white space, within braces. What is between
/// these is the caller's to answer for.
[[nodiscard]] bool looks_like_object(std::string_view text) noexcept;

}  // namespace coppice::actors::presence
