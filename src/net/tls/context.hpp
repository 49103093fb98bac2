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

/// Whose certificate it is, and until when it is good: "CN=localhost, until 2027-01-01T00:00:00Z".
[[nodiscard]] std::string describe_certificate(const SSL_CTX& context);

}  // namespace coppice::net::tls
