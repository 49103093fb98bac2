#pragma once

#include <openssl/types.h>

namespace coppice::net::tls {

/// OpenSSL's way to a connected socket. Its own one raises SIGPIPE when the client has gone.
/// The socket must outlive it. Throws std::bad_alloc. The caller owns what it gets.
[[nodiscard]] BIO* make_socket_bio(int socket);

}  // namespace coppice::net::tls
