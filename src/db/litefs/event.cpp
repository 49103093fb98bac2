#include "db/litefs/event.hpp"

#include <charconv>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace coppice::db::litefs {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

namespace json = boost::json;

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

bool flag_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* flag = value != nullptr ? value->if_bool() : nullptr;
  return flag != nullptr && *flag;
}

json::object object_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  const auto* inner = value != nullptr ? value->if_object() : nullptr;
  return inner != nullptr ? *inner : json::object();
}

Result<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  auto value = json::parse(text, error);
  if (error || !value.is_object()) return fail(Errc::malformed, "LiteFS answers with no object");
  return std::move(value.get_object());
}

Result<Event> transaction_event(const json::object& event, const json::object& data) {
  TransactionEvent out{.database = text_at(event, "db")};
  const auto digits = text_at(data, "txID");
  const auto* end = digits.data() + digits.size();
  const auto [read, error] = std::from_chars(digits.data(), end, out.number, 16);
  if (out.database.empty() || error != std::errc() || read != end) {
    return fail(Errc::malformed, "a transaction of LiteFS has no database or no number");
  }
  return out;
}

}  // namespace

Result<Event> parse_event(std::string_view line) {
  const auto event = parse_object(line);
  if (!event) return std::unexpected(event.error());
  const auto type = text_at(*event, "type");
  const auto data = object_at(*event, "data");
  if (type == "tx") return transaction_event(*event, data);
  if (type != "init" && type != "primaryChange") return UnknownEvent{};
  if (!data.contains("isPrimary")) return fail(Errc::malformed, "LiteFS does not say its role");
  return PrimaryReport{.is_primary = flag_at(data, "isPrimary"),
                       .hostname = text_at(data, "hostname")};
}

Result<Info> parse_info(std::string_view json) {
  const auto info = parse_object(json);
  if (!info) return std::unexpected(info.error());
  const bool is_primary = flag_at(*info, "isPrimary");
  // The primary reports its own name.
  const auto hostname = is_primary ? "" : text_at(object_at(*info, "primary"), "hostname");
  return Info{.primary = {.is_primary = is_primary, .hostname = hostname},
              .data_folder = text_at(*info, "path")};
}

}  // namespace coppice::db::litefs
