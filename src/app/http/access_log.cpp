#include "app/http/access_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "net/http/percent.hpp"
#include "net/json.hpp"

namespace coppice::app::http {
namespace {

using net::http::Outcome;
using net::http::Request;

constexpr auto kPause = std::chrono::milliseconds(100);
constexpr std::size_t kWriteAt = std::size_t{64} * 1024;
constexpr std::size_t kMostKept = std::size_t{64} * 1024;  // by a log that has little to do
constexpr std::array<std::string_view, 4> kSecretWords = {"token", "password", "secret",
                                                          "signature"};
// The arguments of an operator's command hold what users may not read.
constexpr std::array<std::string_view, 4> kSecretNames = {"code", "key", "api_key", "arguments"};

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

bool is_printable(char c) { return c >= '!' && c <= '~'; }

/// Neither a line end nor anything else that a terminal would act on.
void make_printable(char* from, char* to) {
  std::replace_if(from, to, [](char c) { return !is_printable(c); }, '?');
}

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

/// Milliseconds to the microsecond: "1.500".
void append_milliseconds(std::string& out, actors::Duration duration) {
  const auto rounded = std::chrono::round<std::chrono::microseconds>(duration).count();
  const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(rounded, 0));
  append_number(out, microseconds / 1000);
  const auto rest = 1000 + microseconds % 1000;  // its zeros count
  out += '.';
  const auto at = out.size();
  append_number(out, rest);
  out.erase(at, 1);
}

bool went_well(const Outcome& outcome) {
  const auto status = std::to_underlying(outcome.status);
  return outcome.whole && status < 500 && outcome.status != net::http::Status::too_many_requests;
}

/// The steady clock's times as the world has them, by both clocks at one moment.
class WallClock {
 public:
  WallClock()
      : steady_(std::chrono::steady_clock::now()), wall_(std::chrono::system_clock::now()) {}

  [[nodiscard]] std::int64_t milliseconds(actors::Time time) const {
    const auto wall = wall_.time_since_epoch() + (time - steady_);
    return std::chrono::floor<std::chrono::milliseconds>(wall).count();
  }

 private:
  actors::Time steady_;
  std::chrono::system_clock::time_point wall_;
};

/// "2026-01-31T12:00:00.125Z". Lines come in order: what is as it was is not made anew.
class Timestamp {
 public:
  [[nodiscard]] std::string_view of(std::int64_t milliseconds) {
    if (milliseconds == shown_) return text_;
    const auto second = milliseconds / 1000;
    if (second != shown_ / 1000) {
      text_ = fmt::format("{:%Y-%m-%dT%H:%M:%S}.000Z", fmt::gmtime(std::time_t{second}));
    }
    shown_ = milliseconds;
    auto rest = milliseconds % 1000;
    for (auto at = text_.size() - 2; at > text_.size() - 5; --at, rest /= 10) {
      text_[at] = static_cast<char>('0' + rest % 10);
    }
    return text_;
  }

 private:
  std::int64_t shown_ = std::numeric_limits<std::int64_t>::min();
  std::string text_;
};

/// The text of an address; most lines have that of the line before.
class ClientText {
 public:
  [[nodiscard]] std::string_view of(const AccessRecord& record) {
    const auto client = client_of(record);
    if (text_.empty() || client != shown_) text_ = client.to_string();
    shown_ = client;
    return text_;
  }

 private:
  boost::asio::ip::address shown_;
  std::string text_;
};

}  // namespace

/// Entries of several lanes as the lines of one log.
class AccessLog::Lines {
 public:
  Lines(bool json, const Write& write) : json_(json), write_(write) {}

  /// The records of one lane, for write(); gives room for them.
  [[nodiscard]] std::string& records(std::size_t lane) { return records_.at(lane); }

  /// Writes all records, the earliest first.
  void write() {
    const WallClock clock;
    begin();
    while (auto* source = earliest()) {
      append(*source->next, clock);
      source->next = next_entry(source->rest);
      if (out_.size() >= kWriteAt) flush();
    }
    flush();
    for (auto& records : records_) give_back(records);
  }

  void write_left_out(std::uint64_t count) {
    const auto time = timestamp_.of(WallClock().milliseconds(std::chrono::steady_clock::now()));
    out_ = json_ ? fmt::format(R"({{"time":"{}","level":"warning","text":"{} requests left out"}})"
                               "\n",
                               time, count)
                 : fmt::format("{} warning {} requests have no line here: there were too many\n",
                               time, count);
    flush();
  }

 private:
  struct Source {
    std::string_view rest;
    std::optional<AccessEntry> next;
  };

  void begin() {
    sources_.clear();
    for (const auto& records : records_) {
      Source source{records, std::nullopt};
      source.next = next_entry(source.rest);
      if (source.next) sources_.push_back(source);
    }
  }

  [[nodiscard]] Source* earliest() {
    Source* first = nullptr;
    for (auto& source : sources_) {
      if (!source.next) continue;
      if (first == nullptr || source.next->record.finished < first->next->record.finished) {
        first = &source;
      }
    }
    return first;
  }

  void append(const AccessEntry& entry, const WallClock& clock) {
    const auto time = timestamp_.of(clock.milliseconds(entry.record.finished));
    json_ ? append_json(entry, time) : append_text(entry, time);
  }

  void append_text(const AccessEntry& entry, std::string_view time) {
    const auto& record = entry.record;
    out_.append(time).append(" info ").append(method_of(entry)).append(" ");
    append_target(entry);
    out_ += ' ';
    append_number(out_, std::to_underlying(record.status));
    out_ += ' ';
    append_number(out_, record.body_bytes);
    out_ += " B ";
    append_milliseconds(out_, record.duration);
    out_.append(" ms client=").append(client_.of(record));
    if (!entry.id.empty()) out_.append(" request_id=").append(entry.id);
    out_ += record.whole ? "\n" : " cut\n";
  }

  void append_json(const AccessEntry& entry, std::string_view time) {
    const auto& record = entry.record;
    out_.append(R"({"time":")").append(time);
    out_.append(R"(","level":"info","folder":"app","text":"request","method":")")
        .append(method_of(entry));
    out_ += R"(","path":)";
    net::append_json_string(out_, entry.target.empty() ? "-" : loggable_target(entry.target));
    out_ += R"(,"status":)";
    append_number(out_, std::to_underlying(record.status));
    out_ += R"(,"bytes":)";
    append_number(out_, record.body_bytes);
    out_ += R"(,"ms":)";
    append_milliseconds(out_, record.duration);
    out_.append(R"(,"client":")").append(client_.of(record));
    out_.append(R"(","request_id":")").append(entry.id);
    out_.append(R"(","whole":)").append(record.whole ? "true}\n" : "false}\n");
  }

  [[nodiscard]] static std::string_view method_of(const AccessEntry& entry) {
    return entry.target.empty() ? "-" : to_string(entry.record.method);
  }

  void append_target(const AccessEntry& entry) {
    if (entry.target.empty()) {
      out_ += '-';
    } else if (entry.target.contains('?')) {
      out_ += loggable_target(entry.target);
    } else {
      const auto at = out_.size();
      out_ += entry.target;
      make_printable(out_.data() + at, out_.data() + out_.size());
    }
  }

  void flush() {
    if (!out_.empty()) write_(out_);
    out_.clear();
  }

  /// Room that a busy time took, unless it goes on.
  static void give_back(std::string& records) {
    const bool well_used = records.size() > records.capacity() / 8;
    if (records.capacity() > kMostKept && !well_used) std::string().swap(records);
  }

  const bool json_;
  const Write& write_;
  std::array<std::string, kLanes> records_;
  std::vector<Source> sources_;
  std::string out_;
  Timestamp timestamp_;
  ClientText client_;
};

AccessLog::AccessLog(AccessLogOptions options, Write write)
    : options_(options),
      write_(std::move(write)),
      lines_(std::make_unique<Lines>(options.json, write_)),
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
  const auto fill = lanes_[own_lane()].add(request, outcome);
  if (fill != AccessLogLane::Fill::some) wake(fill == AccessLogLane::Fill::half);
}

void AccessLog::wake(bool at_once) {
  const std::lock_guard lock(mutex_);
  filled_ = true;
  urgent_ = urgent_ || at_once;
  woken_.notify_one();
}

void AccessLog::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock(mutex_);
      woken_.wait(lock, stop, [this] { return filled_; });
      // Others come soon: one write for all of them, unless there is no room for more.
      woken_.wait_for(lock, stop, kPause, [this] { return urgent_; });
      filled_ = urgent_ = false;
    }
    write_all();
  }
}

void AccessLog::write_all() {
  std::uint64_t left_out = 0;
  for (std::size_t i = 0; i < kLanes; ++i) left_out += lanes_.at(i).take(lines_->records(i));
  lines_->write();
  if (left_out > 0) lines_->write_left_out(left_out);
}

std::string loggable_target(std::string_view target) {
  const auto printable = [](std::string text) {
    make_printable(text.data(), text.data() + text.size());
    return text;
  };
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
