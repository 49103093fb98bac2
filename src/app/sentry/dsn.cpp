#include "app/sentry/dsn.hpp"

#include <algorithm>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace coppice::app::sentry {
namespace {

using actors::Errc;
using actors::fail;

/// Whether a header can carry it as it is, between commas.
bool is_key(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
           c == '_';
  });
}

}  // namespace

actors::Result<Dsn> parse_dsn(std::string_view text) {
  const auto url = boost::urls::parse_uri(boost::core::string_view(text.data(), text.size()));
  if (!url || (url->scheme() != "https" && url->scheme() != "http") || url->host().empty()) {
    return fail(Errc::invalid_argument, "no address of http or https");
  }
  if (!is_key(url->user()))
    return fail(Errc::invalid_argument, "it has no public key before the @");
  std::string path(url->encoded_path().data(), url->encoded_path().size());
  while (path.ends_with('/')) path.pop_back();
  const auto slash = path.rfind('/');
  const auto project = slash == std::string::npos ? "" : path.substr(slash + 1);
  if (!is_key(project)) return fail(Errc::invalid_argument, "it has no project at its end");
  const std::string scheme(url->scheme().data(), url->scheme().size());
  const std::string host(url->encoded_host_and_port().data(), url->encoded_host_and_port().size());
  return Dsn{.envelope_url =
                 scheme + "://" + host + path.substr(0, slash) + "/api/" + project + "/envelope/",
             .key = url->user(),
             .host = host};
}

}  // namespace coppice::app::sentry
