#include "app/http/fixed_text.hpp"

#include <memory>
#include <utility>

#include "db/digest.hpp"
#include "net/http/conditional.hpp"

namespace coppice::app::http {

using net::http::Request;
using net::http::Response;
using net::http::Status;

net::http::PlainHandler fixed_text(std::string_view content_type, std::string text,
                                   std::string_view policy) {
  const net::http::Validators validators{.etag = '"' + db::sha256_of(text).substr(0, 32) + '"'};
  auto bytes = std::make_shared<const std::string>(std::move(text));
  return [content_type = std::string(content_type), policy = std::string(policy), validators,
          bytes](const Request& request) {
    auto unchanged = net::http::check_preconditions(request, validators);
    auto response =
        unchanged ? std::move(*unchanged) : Response::of(Status::ok, content_type, bytes);
    if (!unchanged) net::http::add_validators(response, validators);
    response.headers.add("cache-control", "no-cache");
    if (!policy.empty()) response.headers.add("content-security-policy", policy);
    return response;
  };
}

}  // namespace coppice::app::http
