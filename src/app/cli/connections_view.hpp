#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cli {

// The admin API's answers for people: tables, then what is missing in them. Texts that clients
// chose are shown without control characters.

/// Of `GET /v1/connections`.
[[nodiscard]] std::string render_connections(std::string_view json);
/// Of `GET /v1/channels`.
[[nodiscard]] std::string render_channels(std::string_view json);
/// Of `POST /v1/channels/close`.
[[nodiscard]] std::string render_channel_closed(std::string_view json);
/// Of `GET /v1/topics`.
[[nodiscard]] std::string render_topics(std::string_view json);
/// Of `GET /v1/presence`.
[[nodiscard]] std::string render_presence(std::string_view json);
/// Of `POST /v1/connections/disconnect`.
[[nodiscard]] std::string render_disconnected(std::string_view json);
/// Of `GET /v1/database`: what a file does not tell.
[[nodiscard]] std::string render_server_figures(std::string_view json);

}  // namespace coppice::app::cli
