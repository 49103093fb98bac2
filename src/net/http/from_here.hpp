#pragma once

#include "net/http/request.hpp"

namespace coppice::net::http {

/// Whether a program on this machine made the request, and for itself: the peer's address is a
/// loopback one, no header says that somebody passes it on, it names this machine as `localhost` or
/// by a loopback address, and where a page made it, that page is of the same host and port.
///
/// So these don't count: what comes through a proxy on this machine, what a page of another site
/// makes a browser here send, and what comes by a name that leads here from elsewhere. A proxy that
/// adds no header and writes its own `host` can't be told from a program of this machine.
[[nodiscard]] bool is_from_here(const Request& request);

}  // namespace coppice::net::http
