#include "app/http/list_parameters.hpp"

#include "app/http/viewer.hpp"

namespace coppice::app::http {

using actors::Errc;
using actors::fail;
using actors::Result;
using net::http::Request;

namespace {

Result<int> limit_of(const QueryParameters& parameters) {
  const auto written = parameters.text("limit");
  if (!written) return std::unexpected(written.error());
  return content::parse_limit(*written);
}

/// Reads single values until one is missing or of the wrong kind.
class TextReader {
 public:
  explicit TextReader(const QueryParameters& parameters) : parameters_(parameters) {}

  void read(std::string_view name, std::string& into) {
    if (!result_) return;
    auto text = parameters_.text(name);
    if (text) {
      into = std::move(*text);
    } else {
      result_ = std::unexpected(std::move(text.error()));
    }
  }
  [[nodiscard]] Result<void> result() && { return std::move(result_); }

 private:
  const QueryParameters& parameters_;
  Result<void> result_;
};

}  // namespace

Result<content::ListRequest> list_request(const content::Table& table, const Request& request) {
  const QueryParameters parameters(request);
  if (auto known = parameters.allow_only({"limit", "cursor", "sort", "tag", "q"}); !known) {
    return std::unexpected(known.error());
  }
  const auto limit = limit_of(parameters);
  if (!limit) return std::unexpected(limit.error());
  content::ListRequest wanted{.limit = *limit, .hidden_too = viewer_of(request).sees_hidden};
  TextReader reader(parameters);
  reader.read("cursor", wanted.cursor);
  reader.read("sort", wanted.sort);
  reader.read("q", wanted.query);
  if (auto read = std::move(reader).result(); !read) return std::unexpected(read.error());
  auto tags = parameters.texts("tag");
  if (!tags) return std::unexpected(tags.error());
  wanted.tags = std::move(*tags);
  if (auto valid = content::validate(table, wanted); !valid) return std::unexpected(valid.error());
  return wanted;
}

Result<content::SearchRequest> search_request(const Request& request) {
  const QueryParameters parameters(request);
  if (auto known = parameters.allow_only({"q", "limit", "cursor"}); !known) {
    return std::unexpected(known.error());
  }
  if (request.query.find("q") == nullptr) {
    return fail(Errc::invalid_argument, "parameter q is missing");
  }
  const auto limit = limit_of(parameters);
  if (!limit) return std::unexpected(limit.error());
  content::SearchRequest wanted{.query = {}, .limit = *limit};
  TextReader reader(parameters);
  reader.read("q", wanted.query);
  reader.read("cursor", wanted.cursor);
  if (auto read = std::move(reader).result(); !read) return std::unexpected(read.error());
  if (auto valid = content::validate(wanted); !valid) return std::unexpected(valid.error());
  return wanted;
}

}  // namespace coppice::app::http
