#include <string>
#include <variant>

#include "fuzz/target.hpp"
#include "net/http/percent.hpp"
#include "net/http/query.hpp"
#include "net/http/route_tree.hpp"
#include "net/utf8.hpp"

/// A request target: its path's segments, and its query.
namespace coppice::fuzz {
namespace {

using net::http::Params;
using net::http::ParamValue;
using net::http::percent_decode;
using net::http::percent_encode;
using net::http::Plus;

void check_decoding(std::string_view text, Plus plus) {
  const auto decoded = percent_decode(text, plus);
  if (!decoded) return;
  expect(decoded->size() <= text.size(), "decoding makes nothing longer");
  expect(net::is_utf8(*decoded), "decoded text is UTF-8");
  expect(percent_decode(percent_encode(*decoded), plus) == decoded, "what is encoded decodes");
}

void check_path(std::string_view path) {
  const auto segments = net::http::split_path(path);
  if (!segments) return;
  std::string again = "/";
  for (const auto& segment : *segments) {
    expect(segment != "." && segment != ".." && !segment.contains('\0'), "segments are names");
    expect(net::is_utf8(segment), "segments are UTF-8");
    again += percent_encode(segment) + "/";
  }
  expect(net::http::split_path(again) == segments, "segments make the same path again");
}

/// Writes parameters as the shortest query that gives them.
class Writer {
 public:
  void write(const Params& params) {
    for (const auto& entry : params.entries()) {
      const auto name = percent_encode(entry.name);
      for (const auto& value : params.all(entry.name)) pair(name, value);
      if (entry.value.string() == nullptr) write(name, entry.value);
    }
  }

  [[nodiscard]] std::string take() && { return std::move(query_); }

 private:
  void write(const std::string& name, const ParamValue& value) {
    if (const auto* text = value.string()) return pair(name, *text);
    if (const auto* list = value.list()) {
      for (const auto& item : *list) write(name + "[]", item);
      return;
    }
    for (const auto& entry : value.map()->entries()) {
      write(name + "[" + percent_encode(entry.name) + "]", entry.value);
    }
  }

  void pair(const std::string& name, const std::string& value) {
    query_ += (query_.empty() ? "" : "&") + name + "=" + percent_encode(value);
  }

  std::string query_;
};

std::string written(const Params& params) {
  Writer writer;
  writer.write(params);
  return std::move(writer).take();
}

void check_query(std::string_view query) {
  const auto params = net::http::parse_query(query);
  if (!params) return;
  expect(params->entries().size() <= net::http::kMaxQueryPairs, "there are no more than there may");
  for (const auto& entry : params->entries()) {
    expect(net::is_utf8(entry.name), "names are UTF-8");
    expect(entry.times >= 1, "every name was given");
    const auto values = params->all(entry.name);
    expect(values.size() <= entry.times, "no value comes from nowhere");
    expect(values.empty() || params->get(entry.name) == values.back(), "the last value wins");
  }
  const auto text = written(*params);
  const auto again = net::http::parse_query(text);
  expect(again && written(*again) == text, "written parameters give the same again");
}

void run(std::string_view input) {
  const auto mark = input.find('?');
  check_path(input.substr(0, mark));
  check_decoding(input, Plus::is_plus);
  check_decoding(input, Plus::is_space);
  if (mark != std::string_view::npos) check_query(input.substr(mark + 1));
}

const Registration kRegistration("url", run);

}  // namespace
}  // namespace coppice::fuzz
