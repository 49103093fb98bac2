#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "db/confirmations.hpp"

namespace coppice::app::litefs {

/// Where LiteFS is, nowhere if the first two are empty, and where this node is for the others.
struct Settings {
  std::string url{};              ///< Of its API: "http://10.0.0.5:20202", without a slash.
  std::filesystem::path mount{};  ///< The folder that it shows the database in.
  std::string node_address = "::";
  std::uint16_t node_port = 4001;  ///< Also of nodes whose names have none.
  db::Durability durability = db::Durability::local;

  [[nodiscard]] bool is_used() const noexcept { return !url.empty(); }
};

}  // namespace coppice::app::litefs
