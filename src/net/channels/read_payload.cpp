#include "net/channels/read_payload.hpp"

#include <boost/json/parse.hpp>

#include "net/channels/json_reader.hpp"

namespace coppice::net::channels {

std::optional<boost::json::object> read_object(const Payload& payload) {
  if (payload.kind != Payload::Kind::json) return std::nullopt;
  boost::json::parse_options options;
  options.max_depth = kMaxJsonDepth;  // what a frame may nest
  boost::system::error_code error;
  auto value = boost::json::parse(payload.bytes, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.as_object());
}

}  // namespace coppice::net::channels
