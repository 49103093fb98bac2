#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <sys/types.h>

#include "dialect.hpp"

namespace coppice::bench {

/// Who is put under load, and for how long.
struct Target {
  std::uint16_t port;
  pid_t process;
  Dialect dialect;
  std::chrono::milliseconds time;
};

/// Runs a workload and prints its results as "NAME VALUE" lines. Ends the program if something goes
/// wrong. See README.md for what each does.
void run_echo(const Target& target);
void run_fan_out(const Target& target, std::size_t receivers, std::size_t in_flight);
void run_small_topics(const Target& target);
void run_presence(const Target& target);

/// What is kept for each of @p clients: those who joined @p topic, or nothing if that is empty.
/// A `%` in it becomes the number of the client.
void run_memory(const Target& target, const std::string& name, std::size_t clients,
                const std::string& topic);

/// All of @p clients, who have joined @p topic, lose their connections in one moment and come back
/// at once, as the official client does.
void run_storm(const Target& target, std::size_t clients, const std::string& topic);

}  // namespace coppice::bench
