#include "app/cli/answer.hpp"

#include <iostream>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "app/cli/exit.hpp"
#include "app/version.hpp"

namespace coppice::app::cli {

actors::Error not_understood(const std::string& socket) {
  return {actors::Errc::malformed,
          "what the server at " + socket +
              " answered is not understood: it may be of another version than this command, " +
              std::string(kVersion)};
}

bool is_json_object(std::string_view text) {
  boost::system::error_code error;
  const auto value = boost::json::parse(text, error);
  return !error && value.is_object();
}

int print_answer(const std::string& socket, const actors::Result<std::string>& answer, bool json,
                 const std::function<std::string(const std::string&)>& render) {
  if (!answer) return report_answer(answer.error());
  if (json) {
    if (!is_json_object(*answer)) return report(not_understood(socket));
    std::cout << *answer << "\n";
    return ExitCode::success;
  }
  const auto text = read_answer(socket, *answer, render);
  if (!text) return report(text.error());
  std::cout << *text;
  return ExitCode::success;
}

}  // namespace coppice::app::cli
