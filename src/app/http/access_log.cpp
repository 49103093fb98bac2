#include "app/http/access_log.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "net/http/percent.hpp"
#include "net/json.hpp"

namespace coppice::app::http {
namespace {

using net::http::Outcome;
using net::http::Request;

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr std::size_t kMostKept = std::size_t{1} << 20U;
constexpr std::size_t kLongestTarget = 512;
constexpr std::array<std::string_view, 4> kSecretWords = {"token", "password", "secret",
                                                          "signature"};
constexpr std::array<std::string_view, 3> kSecretNames = {"code", "key", "api_key"};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_secret(std::string_view name) {
  const auto decoded = net::http::percent_decode(name, net::http::Plus::is_space);
  const auto plain = lower(decoded ? *decoded : name);
  return std::ranges::find(kSecretNames, plain) != kSecretNames.end() ||
         std::ranges::any_of(kSecretWords,
                             [&plain](std::string_view word) { return plain.contains(word); });
}

/// Neither a line end nor anything else that a terminal would act on.
std::string printable(std::string text) {
  for (char& c : text) {
    if (c < '!' || c > '~') c = '?';
  }
  return text;
}

/// The time of a line; whole seconds are formatted once for all lines of one.
std::string_view timestamp(std::string& room) {
  thread_local std::pair<std::time_t, std::string> second{-1, ""};
  const auto now = std::chrono::system_clock::now();
  const auto time = std::chrono::system_clock::to_time_t(now);
  if (time != second.first) second = {time, fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(time))};
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(
                                now.time_since_epoch() % std::chrono::seconds(1))
                                .count();
  room.clear();
  fmt::format_to(std::back_inserter(room), "{}.{:03}Z", second.second, milliseconds);
  return room;
}

bool went_well(const Outcome& outcome) {
  const auto status = std::to_underlying(outcome.status);
  return outcome.whole && status < 500 && outcome.status != net::http::Status::too_many_requests;
}

struct Line {
  std::string_view time;
  std::string_view method;
  std::string target;
  std::string client;
  int status;
  std::uint64_t bytes;
  double milliseconds;
  std::string_view id;
  bool whole;
};

void append_text(std::string& out, const Line& line) {
  fmt::format_to(std::back_inserter(out), "{} info {} {} {} {} B {:.3f} ms client={}", line.time,
                 line.method, line.target, line.status, line.bytes, line.milliseconds, line.client);
  if (!line.id.empty()) fmt::format_to(std::back_inserter(out), " request_id={}", line.id);
  out += line.whole ? "\n" : " cut\n";
}

void append_json(std::string& out, const Line& line) {
  fmt::format_to(std::back_inserter(out),
                 R"({{"time":"{}","level":"info","text":"request","method":"{}","path":)",
                 line.time, line.method);
  net::append_json_string(out, line.target);
  fmt::format_to(std::back_inserter(out),
                 R"(,"status":{},"bytes":{},"ms":{:.3f},"client":"{}","request_id":")", line.status,
                 line.bytes, line.milliseconds, line.client);
  out.append(line.id).append(R"(","whole":)").append(line.whole ? "true}\n" : "false}\n");
}

void to_standard_error(const std::string& lines) {
  std::fwrite(lines.data(), 1, lines.size(), stderr);
  std::fflush(stderr);
}

}  // namespace

AccessLog::AccessLog(AccessLogOptions options, Write write)
    : options_(options),
      write_(write ? std::move(write) : Write(to_standard_error)),
      writer_([this](const std::stop_token& stop) { run(stop); }) {}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for the last lines the process ends
AccessLog::~AccessLog() {
  writer_.request_stop();
  writer_.join();
  write_all();
}

bool AccessLog::wants(const Outcome& outcome) noexcept {
  if (!options_.enabled) return false;
  if (!went_well(outcome)) return true;
  if (options_.one_of <= 1) return options_.one_of == 1;
  return well_.fetch_add(1, std::memory_order_relaxed) % options_.one_of == 0;
}

void AccessLog::add(const Request& request, const Outcome& outcome) {
  if (!wants(outcome)) return;
  thread_local std::string room;
  thread_local std::string text;
  const bool has_line = !request.target.empty();
  const Line line{
      .time = timestamp(room),
      .method = has_line ? to_string(request.method) : "-",
      .target = has_line ? loggable_target(request.target) : "-",
      .client = request.client.to_string(),
      .status = std::to_underlying(outcome.status),
      .bytes = outcome.body_bytes,
      .milliseconds = std::chrono::duration<double, std::milli>(outcome.duration).count(),
      .id = request.id,
      .whole = outcome.whole};
  text.clear();
  options_.json ? append_json(text, line) : append_text(text, line);
  keep(text);
}

void AccessLog::keep(const std::string& line) {
  const std::lock_guard lock(mutex_);
  if (lines_.size() > kMostKept) {
    ++left_out_;
    return;
  }
  const bool was_empty = lines_.empty();
  lines_ += line;
  if (was_empty) filled_.notify_one();
}

void AccessLog::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, stop, [this] { return !lines_.empty(); });
      // Others come soon: one write for all of them.
      filled_.wait_for(lock, stop, kPause, [] { return false; });
    }
    write_all();
  }
}

void AccessLog::write_all() {
  std::string lines;
  std::uint64_t left_out = 0;
  {
    const std::lock_guard lock(mutex_);
    lines.swap(lines_);
    left_out = std::exchange(left_out_, 0);
  }
  if (!lines.empty()) write_(lines);
  if (left_out == 0) return;
  std::string room;
  const auto time = timestamp(room);
  write_(options_.json
             ? fmt::format(R"({{"time":"{}","level":"warning","text":"{} requests left out"}})"
                           "\n",
                           time, left_out)
             : fmt::format("{} warning {} requests have no line here: there were too many\n", time,
                           left_out));
}

std::string loggable_target(std::string_view target) {
  target = target.substr(0, kLongestTarget);
  const auto mark = target.find('?');
  std::string out(target.substr(0, mark));
  if (mark == std::string_view::npos) return printable(std::move(out));
  auto query = target.substr(mark + 1);
  char separator = '?';
  for (;;) {
    const auto end = query.find('&');
    const auto pair = query.substr(0, end);
    const auto name = pair.substr(0, pair.find('='));
    out += std::exchange(separator, '&');
    if (is_secret(name) && name.size() < pair.size()) {
      out.append(name).append("=[FILTERED]");
    } else {
      out += pair;
    }
    if (end == std::string_view::npos) return printable(std::move(out));
    query.remove_prefix(end + 1);
  }
}

}  // namespace coppice::app::http
