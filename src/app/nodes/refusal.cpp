#include "app/nodes/refusal.hpp"

#include <charconv>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/nodes/sent_batch.hpp"

namespace coppice::app::nodes {
namespace {

using boost::json::object;
using net::http::Response;
using net::http::Status;

Response refuse(Status status, const std::string& why, object more) {
  more["errors"] = object{{"detail", why}};
  return Response::json(status, boost::json::serialize(more));
}

void read(const object& from, std::string_view name, std::string& to) {
  const auto* value = from.if_contains(name);
  if (value != nullptr && value->is_string()) to = value->get_string();
}

void read(const object& from, std::string_view name, std::int64_t& to) {
  const auto* value = from.if_contains(name);
  if (value != nullptr && value->is_int64()) to = value->get_int64();
}

}  // namespace

Response refuse_as(const db::Standing& standing) {
  return refuse(Status::conflict, to_string(standing), object{{"primary", standing.primary}});
}

Response refuse_version(std::string_view asked_in) {
  const auto why = fmt::format(
      "this node speaks the versions {} to {} of what nodes say to each other, and was asked in "
      "version {}: deploy the same release on all nodes",
      kOldestVersion, kNewestVersion, asked_in.empty() ? "none" : asked_in);
  return refuse(Status::bad_request, why,
                object{{"oldest_version", kOldestVersion}, {"newest_version", kNewestVersion}});
}

bool is_spoken(std::string_view version) noexcept {
  std::int64_t number = 0;
  const auto [end, error] =
      std::from_chars(version.data(), version.data() + version.size(), number);
  const bool is_number = error == std::errc() && end == version.data() + version.size();
  return is_number && number >= kOldestVersion && number <= kNewestVersion;
}

Refusal read_refusal(const Link::Answer& answer) {
  boost::system::error_code error;
  const auto value = boost::json::parse(answer.body, error);
  if (error || !value.is_object()) return {};
  const auto& body = value.get_object();
  Refusal refusal;
  read(body, "primary", refusal.primary);
  read(body, "oldest_version", refusal.oldest_version);
  read(body, "newest_version", refusal.newest_version);
  const auto* errors = body.if_contains("errors");
  if (errors != nullptr && errors->is_object()) {
    read(errors->get_object(), "detail", refusal.why);
  }
  return refusal;
}

std::string explain_refusal(std::string_view node, const Link::Answer& answer) {
  const auto why = read_refusal(answer).why;
  auto text = fmt::format("{} answers {}", node, answer.status);
  return why.empty() ? text : text + ": " + why;
}

}  // namespace coppice::app::nodes
