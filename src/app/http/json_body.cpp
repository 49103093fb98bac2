#include "app/http/json_body.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "net/channels/json_reader.hpp"
#include "net/http/headers.hpp"

namespace coppice::app::http {
namespace {

using actors::Errc;
using actors::fail;

bool is_json(const net::http::Request& request) {
  const auto type = request.header("content-type").value_or("");
  return net::http::equals_ignoring_case(net::http::without_parameters(type), "application/json");
}

/// That no name stands for two members, of which a parser keeps one, and a filter before it perhaps
/// looks at the other. @pre @p object is a JSON object.
actors::Result<void> check_names(std::string_view object) {
  net::channels::JsonReader reader(object);
  std::set<std::string> seen;
  bool goes_on = reader.skip('{');
  while (goes_on) {
    auto name = reader.string();
    if (!name) break;
    const auto [each, is_new] = seen.insert(std::move(*name));
    if (!is_new) {
      return fail(Errc::malformed, fmt::format("the body has the member \"{}\" twice", *each));
    }
    if (!reader.skip(':') || !reader.value()) break;
    goes_on = reader.skip(',');
  }
  if (reader.skip('}')) return {};
  return fail(Errc::malformed, "the body has a number that is out of range");
}

}  // namespace

actors::Result<JsonBody> JsonBody::parse(const net::http::Request& request) {
  if (!is_json(request)) return fail(Errc::unsupported, "the body must be application/json");
  boost::system::error_code error;
  auto value = boost::json::parse(request.body, error);
  if (error) return fail(Errc::malformed, "the body is not JSON");
  if (!value.is_object()) return fail(Errc::malformed, "the body must be a JSON object");
  if (auto good = check_names(request.body); !good) return std::unexpected(std::move(good.error()));
  return JsonBody(std::make_shared<const boost::json::object>(std::move(value.as_object())));
}

JsonBody JsonBody::of(boost::json::object fields) {
  return JsonBody(std::make_shared<const boost::json::object>(std::move(fields)));
}

std::string JsonBody::text(std::string_view name) {
  const auto* value = fields_->if_contains(name);
  if (value == nullptr || value->is_null()) {
    reject(name, content::kBlank);
    return {};
  }
  if (value->is_string()) return std::string(value->as_string());
  reject(name, content::kInvalid);
  return {};
}

std::string JsonBody::text_or(std::string_view name, std::string fallback) {
  const auto* value = fields_->if_contains(name);
  if (value == nullptr || value->is_null()) return fallback;
  return text(name);
}

std::int64_t JsonBody::integer(std::string_view name) {
  const auto* value = fields_->if_contains(name);
  if (value == nullptr || value->is_null()) reject(name, content::kBlank);
  return integer(name, 0);
}

std::int64_t JsonBody::integer(std::string_view name, std::int64_t fallback) {
  const auto* value = fields_->if_contains(name);
  if (value == nullptr || value->is_null()) return fallback;
  if (value->is_int64()) return value->as_int64();
  reject(name, content::kInvalid);
  return fallback;
}

std::vector<std::string> JsonBody::texts(std::string_view name) {
  std::vector<std::string> out;
  const auto* value = fields_->if_contains(name);
  if (value == nullptr || value->is_null()) return out;
  const bool is_list = value->is_array();
  if (!is_list) reject(name, content::kInvalid);
  if (!is_list) return out;
  for (const auto& item : value->as_array()) {
    if (item.is_string()) {
      out.emplace_back(item.as_string());
    } else {
      reject(name, content::kInvalid);
      return out;
    }
  }
  return out;
}

void JsonBody::refuse_others(std::initializer_list<std::string_view> known) {
  for (const auto& field : *fields_) {
    const std::string_view name = field.key();
    if (std::ranges::find(known, name) == known.end()) reject(name, "is not known");
  }
}

void JsonBody::reject(std::string_view name, std::string_view why) {
  problems_.push_back({std::string(name), std::string(why), {}, 0});
}

net::http::Response invalid(const content::FieldProblems& problems) {
  return net::http::Response::json(net::http::Status::unprocessable_content,
                                   R"({"errors":)" + content::to_json(problems) + "}");
}

}  // namespace coppice::app::http
