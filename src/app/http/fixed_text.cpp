#include "app/http/fixed_text.hpp"

#include <memory>
#include <mutex>
#include <utility>

#include "db/digest.hpp"
#include "net/http/conditional.hpp"

namespace coppice::app::http {

using net::http::Request;
using net::http::Response;
using net::http::Status;

namespace {

/// A text and its tag, made when they are needed: most starts of a server are followed by no
/// request for most of its texts.
class MadeOnce {
 public:
  explicit MadeOnce(std::function<std::string()> make) : make_(std::move(make)) {}

  struct Made {
    std::shared_ptr<const std::string> text;
    net::http::Validators validators;
  };

  const Made& get() {
    std::call_once(once_, [this] {
      auto text = std::make_shared<const std::string>(make_());
      made_.validators.etag = '"' + db::sha256_of(*text).substr(0, 32) + '"';
      made_.text = std::move(text);
      make_ = nullptr;
    });
    return made_;
  }

 private:
  std::function<std::string()> make_;
  std::once_flag once_;
  Made made_;
};

}  // namespace

net::http::PlainHandler fixed_text(std::string_view content_type, std::function<std::string()> make,
                                   std::string_view policy) {
  return [content_type = std::string(content_type), policy = std::string(policy),
          once = std::make_shared<MadeOnce>(std::move(make))](const Request& request) {
    const auto& [text, validators] = once->get();
    auto unchanged = net::http::check_preconditions(request, validators);
    auto response =
        unchanged ? std::move(*unchanged) : Response::of(Status::ok, content_type, text);
    if (!unchanged) net::http::add_validators(response, validators);
    response.headers.add("cache-control", "no-cache");
    if (!policy.empty()) response.headers.add("content-security-policy", policy);
    return response;
  };
}

net::http::PlainHandler embedded_text(std::string_view content_type, std::string_view text,
                                      std::string_view policy) {
  return fixed_text(content_type, [text] { return std::string(text); }, policy);
}

}  // namespace coppice::app::http
