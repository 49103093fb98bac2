#include "net/http/cookie.hpp"

#include <algorithm>
#include <string>

#include "fuzz/target.hpp"
#include "net/http/headers.hpp"

/// A cookie's name on the first line, a Cookie header on the rest.
namespace coppice::fuzz {
namespace {

bool is_inside(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void run(std::string_view input) {
  const auto name = take_line(input);
  const auto value = net::http::find_cookie(input, name);
  if (!value) return;
  expect(is_inside(*value, input), "the value is a part of the header");
  expect(!value->contains(';'), "a value ends where the next cookie begins");
  const bool quoted = value->size() >= 2 && value->starts_with('"') && value->ends_with('"');
  if (!net::http::is_header_name(name) || quoted || net::http::trim(*value) != *value) return;

  const auto set = net::http::set_cookie(name, *value, {.secure = true});
  const auto pair = set.substr(0, set.find("; path=/"));
  const auto sent = "a" + std::string(name) + "=1; " + pair + "; b=2";
  const auto back = net::http::find_cookie(sent, name);
  expect(back == value, "a browser gives back what was set");
}

const Registration kRegistration("cookie", run);

}  // namespace
}  // namespace coppice::fuzz
