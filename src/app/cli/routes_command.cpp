#include "app/cli/routes_command.hpp"

#include <algorithm>
#include <iostream>
#include <memory>

#include <CLI/CLI.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "app/cli/exit.hpp"
#include "app/http/routes.hpp"

namespace coppice::app::cli {
namespace {

using net::http::Route;
using net::http::Routes;

std::string_view method_of(const Route& route) {
  return route.method ? net::http::to_string(*route.method) : "ANY";
}

std::string through(const Route& route) {
  std::string names;
  for (const auto& pipeline : route.options.through) {
    if (!names.empty()) names += ", ";
    names += pipeline.name;
  }
  return names.empty() ? "-" : names;
}

int show_routes(bool json) {
  const auto routes = http::routes({.metrics_token = "any"});
  std::cout << (json ? routes_json(routes) + "\n" : render_routes(routes));
  return ExitCode::success;
}

}  // namespace

void add_routes_command(CLI::App& app, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("routes", "show the routing table");
  const auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "print it as JSON");
  command->footer("Example:\n  coppice routes --json");
  command->callback([&chosen, json] { chosen = [json] { return show_routes(*json); }; });
}

std::string render_routes(const Routes& routes) {
  std::size_t path_width = std::string_view("PATH").size();
  std::size_t through_width = std::string_view("THROUGH").size();
  for (const auto& route : routes) {
    path_width = std::max(path_width, route.pattern.size());
    through_width = std::max(through_width, through(route).size());
  }
  const auto line = [=](std::string_view method, std::string_view path, std::string_view names,
                        std::string_view summary) {
    auto text = fmt::format("{:<7}  {:<{}}  {:<{}}  {}", method, path, path_width, names,
                            through_width, summary);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + "\n";
  };
  std::string out = line("METHOD", "PATH", "THROUGH", "SUMMARY");
  for (const auto& route : routes) {
    out += line(method_of(route), route.pattern, through(route), route.options.summary);
  }
  return out;
}

std::string routes_json(const Routes& routes) {
  boost::json::array out;
  for (const auto& route : routes) {
    boost::json::array names;
    for (const auto& pipeline : route.options.through) names.emplace_back(pipeline.name);
    const auto limit = route.options.max_body_bytes;
    boost::json::value most = nullptr;
    if (limit) most = *limit;
    out.push_back(boost::json::object{{"method", method_of(route)},
                                      {"path", route.pattern},
                                      {"through", std::move(names)},
                                      {"summary", route.options.summary},
                                      {"max_body_bytes", std::move(most)}});
  }
  return boost::json::serialize(out);
}

}  // namespace coppice::app::cli
