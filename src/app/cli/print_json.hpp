#pragma once

#include <iostream>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::app::cli {

/// What a command with `--json` says, on one line of standard output.
inline void print_json(const boost::json::object& body) {
  std::cout << boost::json::serialize(body) << "\n";
}

}  // namespace coppice::app::cli
