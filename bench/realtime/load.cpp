// Puts a server that speaks WebSocket under load and prints "NAME VALUE" lines:
//   bench_realtime channels|plain PORT SERVER-PID MILLISECONDS WORKLOAD [ARGUMENTS]
#include <charconv>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "crowd.hpp"
#include "workloads.hpp"

namespace {

using namespace coppice::bench;
using Arguments = std::vector<std::string>;

std::size_t number(const std::string& text) {
  std::size_t value = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) give_up(text + " is not a number");
  return value;
}

struct Workload {
  std::size_t arguments;
  std::function<void(const Target&, const Arguments&)> run;
};

const std::map<std::string, Workload, std::less<>>& workloads() {
  static const std::map<std::string, Workload, std::less<>> all = {
      {"echo", {0, [](const Target& to, const Arguments&) { run_echo(to); }}},
      {"fan_out",  // RECEIVERS IN-FLIGHT
       {2, [](const Target& to,
              const Arguments& with) { run_fan_out(to, number(with[0]), number(with[1])); }}},
      {"small_topics", {0, [](const Target& to, const Arguments&) { run_small_topics(to); }}},
      {"presence", {0, [](const Target& to, const Arguments&) { run_presence(to); }}},
      {"memory",  // NAME CLIENTS TOPIC
       {3, [](const Target& to,
              const Arguments& with) { run_memory(to, with[0], number(with[1]), with[2]); }}},
      {"storm",  // CLIENTS TOPIC
       {2,
        [](const Target& to, const Arguments& with) { run_storm(to, number(with[0]), with[1]); }}}};
  return all;
}

}  // namespace

// NOLINTNEXTLINE(bugprone-exception-escape): a benchmark that cannot go on shall say why and end
int main(int argc, char** argv) {
  constexpr int kFirst = 6;
  const Arguments words(argv, argv + argc);
  if (argc < kFirst) give_up("usage: bench_realtime DIALECT PORT PID MILLISECONDS WORKLOAD …");
  const auto workload = workloads().find(words[kFirst - 1]);
  const Arguments arguments(words.begin() + kFirst, words.end());
  if (workload == workloads().end()) give_up("there is no workload " + words[kFirst - 1]);
  if (workload->second.arguments != arguments.size()) give_up("wrong number of arguments");
  const Target target{.port = static_cast<std::uint16_t>(number(words[2])),
                      .process = static_cast<pid_t>(number(words[3])),
                      .dialect = Dialect(words[1]),
                      .time = std::chrono::milliseconds(number(words[4]))};
  workload->second.run(target, arguments);
}
