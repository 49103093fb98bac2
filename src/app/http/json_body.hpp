#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "actors/result.hpp"
#include "app/content/field_problems.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"

namespace boost::json {
class object;  // NOLINT(readability-identifier-naming): Boost's
}

namespace coppice::app::http {

/// A request's body that is a JSON object: a form, as it were. What is wrong with its fields is
/// collected, so that the client is told all of it at once; fields that nobody asks for are
/// ignored, unless refuse_others() is called.
class JsonBody {
 public:
  /// Errors: unsupported for another content type, as a page of another site could send without
  /// asking; malformed for what is no JSON object, or names a member twice.
  [[nodiscard]] static actors::Result<JsonBody> parse(const net::http::Request& request);
  /// One that came in another way.
  [[nodiscard]] static JsonBody of(boost::json::object fields);

  /// The text, which is a problem if it is missing or of another type.
  [[nodiscard]] std::string text(std::string_view name);
  /// The same, but @p fallback if it is missing.
  [[nodiscard]] std::string text_or(std::string_view name, std::string fallback);
  /// The whole number, or @p fallback if there is none.
  [[nodiscard]] std::int64_t integer(std::string_view name, std::int64_t fallback);
  /// The whole number, which is a problem if it is missing.
  [[nodiscard]] std::int64_t integer(std::string_view name);
  /// The list of texts.
  [[nodiscard]] std::vector<std::string> texts(std::string_view name);

  /// Makes each field that is none of @p known a problem: a misspelt one would be left out
  /// silently.
  void refuse_others(std::initializer_list<std::string_view> known);

  [[nodiscard]] content::FieldProblems& problems() noexcept { return problems_; }

 private:
  explicit JsonBody(std::shared_ptr<const boost::json::object> fields)
      : fields_(std::move(fields)) {}
  void reject(std::string_view name, std::string_view why);

  std::shared_ptr<const boost::json::object> fields_;
  content::FieldProblems problems_;
};

/// 422 with what is wrong with each field: `{"errors":{"email":["can't be blank"]}}`.
[[nodiscard]] net::http::Response invalid(const content::FieldProblems& problems);

}  // namespace coppice::app::http
