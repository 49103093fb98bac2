#pragma once

#include <optional>
#include <string_view>

#include "net/compression.hpp"
#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

/// Compresses answers with Brotli or gzip, as the client's `accept-encoding` prefers: text of a
/// kilobyte or more, and streams of text, piece by piece. What is compressed already, is a part of
/// something or says `no-transform` stays as it is. A strong entity tag becomes a weak one, and
/// `vary` says on what the answer depends. Large texts are compressed in slices between which the
/// shard does other things. For the endpoint.
[[nodiscard]] Plug compress();

/// The coding that an Accept-Encoding header prefers; Brotli if it has no preference. Nothing for
/// none.
[[nodiscard]] std::optional<Coding> preferred_coding(std::string_view accept_encoding);

/// Whether texts of this media type get smaller.
[[nodiscard]] bool is_compressible(std::string_view content_type) noexcept;

}  // namespace coppice::net::http::plugs
