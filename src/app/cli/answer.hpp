#pragma once

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <boost/system/system_error.hpp>

#include "actors/result.hpp"

namespace coppice::app::cli {

/// Says that what came over the admin socket @p socket is not what this command reads: malformed,
/// and that the server may be of another version.
[[nodiscard]] actors::Error not_understood(const std::string& socket);

/// What @p read makes of a server's answer. It reads JSON with Boost.JSON and lets that throw where
/// the text is no JSON or lacks what it reads.
///
/// Errors: not_understood().
template <class Read>
[[nodiscard]] auto read_answer(const std::string& socket, const std::string& answer, Read&& read)
    -> actors::Result<std::invoke_result_t<Read, const std::string&>> {
  try {
    return std::invoke(std::forward<Read>(read), answer);
  } catch (const std::logic_error&) {  // a member is missing, or of another kind
    return std::unexpected(not_understood(socket));
  } catch (const boost::system::system_error&) {  // no JSON, or a number that doesn't fit
    return std::unexpected(not_understood(socket));
  }
}

/// Whether @p text is an object of JSON, as every answer in JSON is, and each line of a stream.
[[nodiscard]] bool is_json_object(std::string_view text);

/// Prints a server's answer: as @p render shows it to people, or with @p json as it is.
/// Returns the process's exit code. What can't be read is reported and not printed.
[[nodiscard]] int print_answer(const std::string& socket, const actors::Result<std::string>& answer,
                               bool json,
                               const std::function<std::string(const std::string&)>& render);

}  // namespace coppice::app::cli
