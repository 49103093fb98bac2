#pragma once

#include <boost/json/object.hpp>

/// What operators are answered, as JSON Schema: the actors, the load, the connections, the log.
/// Each says what the JSON is that the function of the same route makes; the description of the API
/// is made of them, and its users' programs of that.
namespace coppice::app::admin::schemas {

/// {"ok":true}
[[nodiscard]] boost::json::object done();

[[nodiscard]] boost::json::object actor_tree();
[[nodiscard]] boost::json::object actor_in_detail();
[[nodiscard]] boost::json::object trees_of_nodes();
[[nodiscard]] boost::json::object nodes();

[[nodiscard]] boost::json::object shards();
[[nodiscard]] boost::json::object requests();
[[nodiscard]] boost::json::object metrics();
[[nodiscard]] boost::json::object long_work();

[[nodiscard]] boost::json::object connections();
[[nodiscard]] boost::json::object disconnected();
[[nodiscard]] boost::json::object channels();
[[nodiscard]] boost::json::object topics();
[[nodiscard]] boost::json::object presence();

[[nodiscard]] boost::json::object crashes();
[[nodiscard]] boost::json::object crash_in_detail();

[[nodiscard]] boost::json::object log_line();
[[nodiscard]] boost::json::object event();
[[nodiscard]] boost::json::object traced_message();
[[nodiscard]] boost::json::object log_levels();

[[nodiscard]] boost::json::object version();
[[nodiscard]] boost::json::object configuration();
[[nodiscard]] boost::json::object drain();
[[nodiscard]] boost::json::object description();

/// Those that answers refer to by name, for the description's components.
[[nodiscard]] boost::json::object components();

}  // namespace coppice::app::admin::schemas
