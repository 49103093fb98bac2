#include "net/http/query.hpp"

#include <algorithm>
#include <utility>

#include "net/http/percent.hpp"

namespace coppice::net::http {
namespace {

using actors::Errc;
using actors::fail;

/// Splits "a[b][]" into "a", "b", "". A name that is not of this form is one plain key.
std::vector<std::string_view> split_key(std::string_view name) {
  const auto bracket = name.find('[');
  if (bracket == std::string_view::npos || bracket == 0) return {name};
  std::vector<std::string_view> keys = {name.substr(0, bracket)};
  auto rest = name.substr(bracket);
  while (!rest.empty()) {
    const auto close = rest.find(']');
    if (rest.front() != '[' || close == std::string_view::npos) return {name};
    keys.push_back(rest.substr(1, close - 1));
    rest.remove_prefix(close + 1);
  }
  return keys;
}

template <class T>
T& become(ParamValue& value) {
  if (!std::holds_alternative<T>(value.value)) value.value = T();
  return std::get<T>(value.value);
}

void insert(Params& params, const std::vector<std::string_view>& keys, std::string value) {
  if (keys.size() == 1) return params.put(keys.front(), std::move(value));
  auto& entry = params.entry(keys.front());
  ++entry.times;
  ParamValue* place = &entry.value;
  for (std::size_t i = 1; i < keys.size(); ++i) {
    if (keys[i].empty()) {
      place = &become<ParamValue::List>(*place).emplace_back();
    } else {
      place = &become<Params>(*place)[keys[i]];
    }
  }
  place->value = std::move(value);
}

}  // namespace

const ParamValue* Params::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? nullptr : &found->value;
}

std::optional<std::string_view> Params::get(std::string_view name) const noexcept {
  const auto* value = find(name);
  if (value == nullptr || value->string() == nullptr) return std::nullopt;
  return *value->string();
}

std::vector<std::string> Params::all(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  if (found == entries_.end() || found->value.string() == nullptr) return {};
  auto values = found->replaced;
  values.push_back(*found->value.string());
  return values;
}

std::size_t Params::times(std::string_view name) const noexcept {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  return found == entries_.end() ? 0 : found->times;
}

ParamValue& Params::operator[](std::string_view name) { return entry(name).value; }

Params::Entry& Params::entry(std::string_view name) {
  const auto found = std::ranges::find(entries_, name, &Entry::name);
  if (found != entries_.end()) return *found;
  return entries_.emplace_back(std::string(name), ParamValue());
}

void Params::put(std::string_view name, std::string value) {
  auto& entry = this->entry(name);
  auto* current = std::get_if<std::string>(&entry.value.value);
  if (current == nullptr) entry.replaced.clear();
  if (current != nullptr && entry.times > 0) entry.replaced.push_back(std::move(*current));
  entry.value.value = std::move(value);
  ++entry.times;
}

void Params::remove(std::string_view name) noexcept {
  std::erase_if(entries_, [name](const Entry& entry) { return entry.name == name; });
}

bool Params::empty() const noexcept { return entries_.empty(); }

actors::Result<Params> parse_query(std::string_view text) {
  Params params;
  std::size_t pairs = 0;
  while (!text.empty()) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (pair.empty()) continue;
    if (++pairs > kMaxQueryPairs) return fail(Errc::too_large, "too many query parameters");

    const auto equals = pair.find('=');
    const auto name = percent_decode(pair.substr(0, equals), Plus::is_space);
    auto value = equals == std::string_view::npos
                     ? std::string()
                     : percent_decode(pair.substr(equals + 1), Plus::is_space);
    if (!name || !value) return fail(Errc::malformed, "query is not properly encoded");
    const auto keys = split_key(*name);
    if (keys.size() > kMaxQueryDepth)
      return fail(Errc::too_large, "query parameter nests too deep");
    insert(params, keys, *std::move(value));
  }
  return params;
}

}  // namespace coppice::net::http
