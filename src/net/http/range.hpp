#pragma once

#include "net/http/conditional.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"

namespace coppice::net::http {

/// Makes of the whole answer the parts that the request's `range` asks for: 206 with
/// `content-range`; for several, multipart/byteranges in the order in which they are asked for; 416
/// if none of them is there. Parts that overlap or almost touch become one, so no byte is sent
/// twice. The answer stays whole without a range, for more than 16 parts, for several of a
/// FetchedSlice, for units other than bytes, and if `if-range` names another state than
/// @p validators. Says `accept-ranges` in any case.
///
/// @param whole  200, with a body of known size.
[[nodiscard]] Response part_of(const Request& request, Response whole,
                               const Validators& validators);

}  // namespace coppice::net::http
