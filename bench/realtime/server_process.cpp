#include "server_process.hpp"

#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

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
  clockid_t clock{};
  timespec used{};
  if (clock_getcpuclockid(process, &clock) != 0 || clock_gettime(clock, &used) != 0) {
    give_up("the server has gone");
  }
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
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
