#pragma once

#include <string>
#include <string_view>

namespace coppice::app::cluster {

/// What the nodes of a cluster listen to on NATS.
class Subjects {
 public:
  /// @param cluster  Its name; see Seal.
  explicit Subjects(std::string cluster) : cluster_(std::move(cluster)) {}

  /// What all nodes hear.
  [[nodiscard]] std::string all() const { return cluster_ + ".all"; }

  /// What one node hears, whatever characters its name has.
  [[nodiscard]] std::string to(std::string_view node) const;

 private:
  const std::string cluster_;
};

}  // namespace coppice::app::cluster
