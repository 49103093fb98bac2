#pragma once

#include <chrono>
#include <cstddef>

#include "actors/time.hpp"

namespace coppice::net::http {

/// What one request may take. Each limit has its own answer.
struct Limits {
  std::size_t max_target_bytes = std::size_t{8} * 1024;  ///< 414
  std::size_t max_head_bytes = std::size_t{16} * 1024;   ///< 431; request line and header fields
  std::size_t max_headers = 100;                         ///< 431
  std::size_t max_body_bytes = 8'000'000;                ///< 413; for routes that say nothing else
  std::size_t min_body_rate = 240;  ///< 408; bytes a second on average; 0 for any
};

/// How long each stage of a connection may take. All are noticed late by up to the resolution of
/// the Connections.
struct Timeouts {
  actors::Duration keep_alive = std::chrono::seconds(60);  ///< Idle between requests; then closed.
  actors::Duration head = std::chrono::seconds(15);        ///< First byte to empty line; then 408.
  actors::Duration body = std::chrono::seconds(60);        ///< The whole body; then 408.
  /// After this a body must have come with Limits::min_body_rate; else 408.
  actors::Duration body_grace = std::chrono::seconds(5);
  actors::Duration write = std::chrono::seconds(30);  ///< 64 KiB of answers; then cut.
  actors::Duration linger = std::chrono::seconds(2);  ///< For the client to read the last answer.
};

}  // namespace coppice::net::http
