#include "server_process.hpp"

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <string_view>
#include <unistd.h>

#include "crowd.hpp"

namespace coppice::bench {
namespace {

std::string read(pid_t process, const char* file) {
  std::ifstream in("/proc/" + std::to_string(process) + "/" + file);
  if (!in) give_up("the server has gone");
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

double cpu_seconds(pid_t process) {
  const auto stat = read(process, "stat");
  std::istringstream fields(stat.substr(stat.rfind(')') + 2));  // the name may hold anything
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0;
  double system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double own_bytes(pid_t process) {
  constexpr std::string_view kField = "RssAnon:";
  constexpr double kUnit = 1024;
  const auto status = read(process, "status");
  const auto at = status.find(kField);
  if (at == std::string::npos) give_up("no RssAnon in /proc/PID/status");
  return kUnit * std::stod(status.substr(at + kField.size()));
}

}  // namespace coppice::bench
