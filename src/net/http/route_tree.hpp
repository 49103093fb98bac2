#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace coppice::net::http {

struct Route;

/// The patterns of a Router as a tree of path segments.
class RouteTree {
 public:
  struct Leaf {
    const Route* route;
    std::vector<std::string> names;  ///< Of the pattern's parameters, in order.
  };
  struct Found {
    const std::vector<Leaf>& leaves;  ///< All routes of that path.
    std::vector<std::string> values;  ///< Of the parameters, in order.
  };

  /// Throws std::invalid_argument if the pattern is malformed or the route already there.
  void insert(const Route& route);

  /// The routes for a path's decoded segments; among several the most specific.
  [[nodiscard]] std::optional<Found> find(std::span<const std::string> segments) const;

 private:
  struct Node {
    std::vector<std::pair<std::string, std::unique_ptr<Node>>> literals;
    std::unique_ptr<Node> integer;
    std::unique_ptr<Node> any;
    std::unique_ptr<Node> rest;
    std::vector<Leaf> leaves;  // the routes that end here

    [[nodiscard]] const Node* literal(std::string_view text) const noexcept;
  };

  [[nodiscard]] static const Node* descend(const Node& node, std::span<const std::string> segments,
                                           std::vector<std::string>& values);

  Node root_;
};

/// The decoded segments of a path, without the empty one behind a trailing slash. Nothing if the
/// path is malformed, or holds NUL, `.` or `..`.
[[nodiscard]] std::optional<std::vector<std::string>> split_path(std::string_view path);

}  // namespace coppice::net::http
