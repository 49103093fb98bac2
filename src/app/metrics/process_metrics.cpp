#include "app/metrics/process_metrics.hpp"

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/metrics/families.hpp"

namespace coppice::app::metrics {
namespace {

using prometheus::MetricFamily;

/// Of /proc/self/stat (proc(5)), what follows the name, in which there may be anything.
struct Stat {
  std::uint64_t user_ticks = 0;
  std::uint64_t system_ticks = 0;
  std::uint64_t threads = 0;
  std::uint64_t start_ticks = 0;  // since the machine's start
  std::uint64_t virtual_bytes = 0;
  std::uint64_t resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  std::istringstream fields(text.substr(text.rfind(')') + 2));
  std::vector<std::string> values;
  for (std::string value; fields >> value;) values.push_back(value);
  if (values.size() < 22) return std::nullopt;
  const auto number = [&values](std::size_t field) {  // as proc(5) counts them
    return std::strtoull(values.at(field - 3).c_str(), nullptr, 10);
  };
  return Stat{.user_ticks = number(14),
              .system_ticks = number(15),
              .threads = number(20),
              .start_ticks = number(22),
              .virtual_bytes = number(23),
              .resident_pages = number(24)};
}

std::optional<double> machine_start_seconds() {
  std::ifstream file("/proc/stat");
  for (std::string name; file >> name;) {
    if (double seconds = 0; name == "btime" && file >> seconds) return seconds;
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  constexpr const char* kFolder = "/proc/self/fd";
  // Since Linux 6.2 its size is their number. To walk through thousands takes milliseconds.
  struct stat folder_itself{};
  if (::stat(kFolder, &folder_itself) == 0 && folder_itself.st_size > 0) {
    return static_cast<double>(folder_itself.st_size);
  }
  std::error_code error;
  const std::filesystem::directory_iterator folder(kFolder, error);
  if (error) return std::nullopt;
  // The iteration's own is among them.
  return static_cast<double>(std::distance(begin(folder), end(folder)) - 1);
}

std::optional<double> most_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return std::nullopt;
  return static_cast<double>(limit.rlim_cur);
}

void add_stat(Families& to, const Stat& stat) {
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  to.counter("process_cpu_seconds_total", "CPU time of all threads",
             static_cast<double>(stat.user_ticks + stat.system_ticks) / ticks);
  to.gauge("process_resident_memory_bytes", "Memory that is in use",
           static_cast<double>(stat.resident_pages) * static_cast<double>(sysconf(_SC_PAGESIZE)));
  to.gauge("process_virtual_memory_bytes", "Address space that is in use",
           static_cast<double>(stat.virtual_bytes));
  to.gauge("process_threads", "Threads", static_cast<double>(stat.threads));
  if (const auto machine = machine_start_seconds()) {
    to.gauge("process_start_time_seconds", "When the process began, in Unix time",
             *machine + static_cast<double>(stat.start_ticks) / ticks);
  }
}

}  // namespace

std::vector<MetricFamily> ProcessMetrics::Collect() const {
  Families families;
  auto& build =
      families.add("coppice_build_info", "Which build this is", prometheus::MetricType::Gauge);
  add_gauge(build, {{"version", version_}}, 1);
  if (const auto stat = read_stat()) add_stat(families, *stat);
  families.gauge("process_open_fds", "File descriptors that are open", open_descriptors());
  families.gauge("process_max_fds", "How many there may be", most_descriptors());
  return families.take();
}

}  // namespace coppice::app::metrics
