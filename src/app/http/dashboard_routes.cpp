#include "app/http/dashboard_routes.hpp"

#include <string>
#include <string_view>
#include <utility>

#include "app/content/html_escape.hpp"
#include "app/dashboard/operator_right.hpp"
#include "app/http/dashboard_page.hpp"
#include "app/http/fixed_text.hpp"
#include "net/http/from_here.hpp"
#include "net/http/plugs/security_headers.hpp"

namespace coppice::app::http {
namespace {

using net::http::Request;
using net::http::Response;
using net::http::Status;

/// Scripts and styles by this answer's nonce alone; the API and the socket of this server.
std::string policy(const std::string& nonce) {
  return "default-src 'none'; script-src 'nonce-" + nonce + "'; style-src 'nonce-" + nonce +
         "'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
         "frame-ancestors 'none'";
}

void replace_all(std::string& text, std::string_view name, const std::string& value) {
  for (auto at = text.find(name); at != std::string::npos;
       at = text.find(name, at + value.size())) {
    text.replace(at, name.size(), value);
  }
}

/// @param csrf  The session's token; empty without one.
/// @param who   Whom the page greets.
Response page(const Request& request, Status status, std::string_view html, const std::string& csrf,
              const std::string& who) {
  const auto* nonce = request.assigns.get<net::http::plugs::CspNonce>();
  std::string text(html);
  replace_all(text, "{{nonce}}", nonce->value);
  replace_all(text, "{{csrf}}", content::html_escaped(csrf));
  replace_all(text, "{{who}}", content::html_escaped(who));
  auto response = Response::of(status, "text/html; charset=utf-8", std::move(text));
  response.headers.add("content-security-policy", policy(nonce->value));
  response.headers.add("cache-control", "no-store");
  return response;
}

Response answer(const AccountContext& accounts, bool developers, const Request& request) {
  const auto* principal = current_principal(request);
  const bool by_session = principal != nullptr && principal->by_session();
  const std::string csrf = by_session ? csrf_token(accounts, principal->session_hash) : "";
  const std::string who = by_session ? principal->user.email : "";
  const auto right =
      dashboard::operator_right(principal, developers, net::http::is_from_here(request));
  if (!right.empty()) return page(request, Status::ok, dashboard_page_html(), csrf, who);
  const auto status = principal == nullptr ? Status::unauthorized : Status::forbidden;
  auto response = page(request, status, dashboard_page_sign_in_html(), csrf, who);
  if (principal == nullptr) response.headers.add("www-authenticate", "Bearer");
  return response;
}

}  // namespace

net::http::Routes dashboard_routes(AccountContextPtr accounts, bool developers,
                                   const net::http::Pipeline& reads) {
  using net::http::get;
  using net::http::Pipeline;
  const auto script = [](std::string_view name, std::string_view text, std::string_view summary) {
    return get("/admin/" + std::string(name), embedded_text("text/javascript; charset=utf-8", text),
               {.summary = std::string(summary)});
  };
  const Pipeline pages("pages", {net::http::plugs::page_security(), fetch_principal(accounts)});
  return {
      get("/admin",
          [accounts, developers](const Request& request) {
            return answer(*accounts, developers, request);
          },
          {.summary = "The operators' dashboard", .through = {reads, pages}}),
      get("/admin/page.css", embedded_text("text/css; charset=utf-8", dashboard_page_css()),
          {.summary = "Its style"}),
      script("page.js", dashboard_page_js(), "Its script"),
      script("tree.js", dashboard_page_tree_js(), "The script of its tree"),
      script("closeup.js", dashboard_page_closeup_js(), "The script that shows one actor"),
      script("lists.js", dashboard_page_lists_js(), "The script of its lists"),
      script("orders.js", dashboard_page_orders_js(), "The script of orders"),
      script("panels.js", dashboard_page_panels_js(), "The script that keeps its views up to date"),
      script("server.js", dashboard_page_server_js(), "The script of shards and the database"),
      script("clients.js", dashboard_page_clients_js(), "The script of connections and topics"),
      script("records.js", dashboard_page_records_js(), "The script of requests and crashes"),
      script("log.js", dashboard_page_log_js(), "The script of the log"),
      script("charts.js", dashboard_page_charts_js(), "The script of its charts"),
      script("sign_in.js", dashboard_page_sign_in_js(), "The script of its sign-in"),
      script("phoenix.js", dashboard_page_phoenix_js(), "Phoenix's client for its channel"),
  };
}

}  // namespace coppice::app::http
