#pragma once

#include <memory>
#include <string>

#include <openssl/types.h>

#include "actors/result.hpp"
#include "net/tls/certificates.hpp"

namespace coppice::net::tls {

/// A server's settings with the certificate and key from these files.
/// Errors: those of Certificates::load().
[[nodiscard]] actors::Result<std::shared_ptr<SSL_CTX>> make_context(const Files& files);

/// A server's settings without a certificate, which is still to be given to them.
[[nodiscard]] std::shared_ptr<SSL_CTX> make_bare_context();

/// Whose certificate it is, and until when it is good: "CN=localhost, until 2027-01-01T00:00:00Z".
[[nodiscard]] std::string describe_certificate(const SSL_CTX& context);

}  // namespace coppice::net::tls
