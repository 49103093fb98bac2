#pragma once

#include <string>

#include "net/http/plug.hpp"

namespace coppice::net::http::plugs {

/// Tells browsers to trust nothing that they need not: `x-content-type-options: nosniff`, a
/// referrer policy, and for answers that bring none of their own a content security policy that
/// loads nothing and lets nobody frame it. For the endpoint.
[[nodiscard]] Plug security_headers();

/// The nonce of one answer, under which its page may run inline scripts and styles.
struct CspNonce {
  std::string value;
};

/// For pipelines of pages: leaves a CspNonce in Request::assigns, and gives HTML answers a policy
/// that takes what comes from this server or carries the nonce, and nothing else.
[[nodiscard]] Plug page_security();

}  // namespace coppice::net::http::plugs
