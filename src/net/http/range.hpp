#pragma once

#include "net/http/conditional.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"

namespace coppice::net::http {

/// Makes of the whole answer the part that the request's `range` asks for: 206 with
/// `content-range`, or 416. The answer stays whole without one, for several parts at once, for
/// units other than bytes, and if `if-range` names another state than @p validators. Says
/// `accept-ranges` in any case.
///
/// @param whole  200, with a body of known size.
[[nodiscard]] Response part_of(const Request& request, Response whole,
                               const Validators& validators);

}  // namespace coppice::net::http
