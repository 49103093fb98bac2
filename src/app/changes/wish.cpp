#include "app/changes/wish.hpp"

#include <fmt/format.h>

#include "net/channels/read_payload.hpp"

namespace coppice::app::changes {

using actors::Errc;
using actors::fail;
using actors::Result;
using boost::json::value;

namespace {

Result<void> read_since(const value& written, Wish& wish) {
  if (written.is_null()) return {};
  const auto* text = written.if_string();
  if (text == nullptr) return fail(Errc::invalid_argument, "since must be a string");
  const auto since = parse_bookmark(*text);
  if (!since) return fail(Errc::invalid_argument, "since " + since.error().context);
  wish.since = *since;
  return {};
}

Result<void> read_snapshot(const value& written, Wish& wish) {
  const auto* truth = written.if_bool();
  if (truth == nullptr) return fail(Errc::invalid_argument, "snapshot must be true or false");
  wish.snapshot = *truth;
  return {};
}

Result<void> read_filter(const value& written, Wish& wish) {
  const auto* conditions = written.if_object();
  if (conditions == nullptr) return fail(Errc::invalid_argument, "filter must be an object");
  for (const auto& [name, wanted] : *conditions) {
    auto added = add_condition(*wish.view.table, name, wanted, wish.view.filter);
    if (!added) return added;
  }
  return {};
}

Result<void> read_parameter(std::string_view name, const value& written, Wish& wish) {
  if (name == "since") return read_since(written, wish);
  if (name == "snapshot") return read_snapshot(written, wish);
  if (name == "filter") return read_filter(written, wish);
  return fail(Errc::invalid_argument, fmt::format("unknown parameter {}", name));
}

}  // namespace

Result<Wish> parse_wish(const content::Table& table, bool sees_hidden,
                        const net::channels::Payload& params) {
  Wish wish{.view = {.table = &table, .sees_hidden = sees_hidden}};
  const auto given = net::channels::read_object(params);
  if (!given) return fail(Errc::invalid_argument, "the parameters must be an object");
  for (const auto& [name, written] : *given) {
    if (auto read = read_parameter(name, written, wish); !read) {
      return std::unexpected(std::move(read.error()));
    }
  }
  return wish;
}

}  // namespace coppice::app::changes
