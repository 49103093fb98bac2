#include "app/http/access_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstring>
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
constexpr auto kPatience = std::chrono::milliseconds(500);
constexpr std::size_t kWriteAt = std::size_t{64} * 1024;
constexpr std::size_t kMostKept = std::size_t{64} * 1024;  // by a log that has little to do
constexpr std::size_t kMostBesideTexts = 512;              // of a line; with room to spare
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
char as_printable(char c) { return is_printable(c) ? c : '?'; }

/// Writes pieces one behind the other, into room that suffices for all of them.
class Pen {
 public:
  explicit Pen(char* at) noexcept : at_(at) {}
  [[nodiscard]] char* at() const noexcept { return at_; }

  Pen& text(std::string_view piece) noexcept {
    std::memcpy(at_, piece.data(), piece.size());
    at_ += piece.size();
    return *this;
  }

  Pen& printable(std::string_view piece) noexcept {
    at_ = std::ranges::transform(piece, at_, as_printable).out;
    return *this;
  }

  Pen& position(db::Position position) noexcept {
    return number(static_cast<std::uint64_t>(position.epoch))
        .text(".")
        .number(static_cast<std::uint64_t>(position.sequence));
  }

  Pen& number(std::uint64_t number) noexcept {
    constexpr std::ptrdiff_t kMostDigits = 20;
    at_ = std::to_chars(at_, at_ + kMostDigits, number).ptr;
    return *this;
  }

  /// Milliseconds to the microsecond: "1.500".
  Pen& milliseconds(actors::Duration duration) noexcept {
    const auto rounded = std::chrono::round<std::chrono::microseconds>(duration).count();
    const auto microseconds = static_cast<std::uint64_t>(std::max<std::int64_t>(rounded, 0));
    number(microseconds / 1000);
    auto rest = microseconds % 1000;
    *at_ = '.';
    for (auto* digit = at_ + 3; digit > at_; --digit, rest /= 10) {
      *digit = static_cast<char>('0' + rest % 10);
    }
    at_ += 4;
    return *this;
  }

 private:
  char* at_;
};

bool went_well(const Outcome& outcome) {
  const auto status = std::to_underlying(outcome.status);
  return outcome.whole && status < 500 && outcome.status != net::http::Status::too_many_requests;
}

bool has_written(const AccessRecord& record) { return record.position != db::Position{}; }

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
  using Put = std::function<void(const std::string& lines)>;

  Lines(bool json, Put put) : json_(json), put_(std::move(put)) {}

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
    const auto target = shown_target(entry);
    const auto client = client_.of(record);
    append_line(target.size() + entry.id.size() + entry.actor.size(), [&](Pen pen) {
      pen.text(time).text(" info ").text(method_of(entry)).text(" ").printable(target);
      pen.text(" ").number(std::to_underlying(record.status));
      pen.text(" ").number(record.body_bytes).text(" B ").milliseconds(record.duration);
      pen.text(" ms client=").text(client);
      if (!entry.actor.empty()) pen.text(" actor=").printable(entry.actor);
      if (!entry.id.empty()) pen.text(" request_id=").text(entry.id);
      if (has_written(record)) pen.text(" position=").position(record.position);
      return pen.text(record.whole ? "\n" : " cut\n");
    });
  }

  void append_json(const AccessEntry& entry, std::string_view time) {
    const auto& record = entry.record;
    target_.clear();
    net::append_json_string(target_, entry.target.empty() ? "-" : loggable_target(entry.target));
    const auto client = client_.of(record);
    append_line(target_.size() + entry.id.size() + entry.actor.size(), [&](Pen pen) {
      pen.text(R"({"time":")").text(time);
      pen.text(R"(","level":"info","folder":"app","text":"request","method":")")
          .text(method_of(entry));
      pen.text(R"(","path":)").text(target_);
      pen.text(R"(,"status":)").number(std::to_underlying(record.status));
      pen.text(R"(,"bytes":)").number(record.body_bytes);
      pen.text(R"(,"ms":)").milliseconds(record.duration);
      pen.text(R"(,"client":")").text(client);
      if (!entry.actor.empty()) pen.text(R"(","actor":")").text(entry.actor);
      pen.text(R"(","request_id":")").text(entry.id);
      if (has_written(record)) pen.text(R"(","position":")").position(record.position);
      return pen.text(R"(","whole":)").text(record.whole ? "true}\n" : "false}\n");
    });
  }

  /// Adds what @p put writes, in which the texts of the client have @p texts bytes.
  template <class Put>
  void append_line(std::size_t texts, Put put) {
    const auto before = out_.size();
    out_.resize_and_overwrite(before + kMostBesideTexts + texts, [&](char* lines, std::size_t) {
      return static_cast<std::size_t>(put(Pen(lines + before)).at() - lines);
    });
  }

  [[nodiscard]] static std::string_view method_of(const AccessEntry& entry) {
    return entry.target.empty() ? "-" : to_string(entry.record.method);
  }

  /// Without secrets. As it came, if it can't have any.
  [[nodiscard]] std::string_view shown_target(const AccessEntry& entry) {
    if (entry.target.empty()) return "-";
    if (!entry.target.contains('?')) return entry.target;
    target_ = loggable_target(entry.target);
    return target_;
  }

  void flush() {
    if (!out_.empty()) put_(out_);
    out_.clear();
  }

  /// Room that a busy time took, unless it goes on.
  static void give_back(std::string& records) {
    const bool well_used = records.size() > records.capacity() / 8;
    if (records.capacity() > kMostKept && !well_used) std::string().swap(records);
  }

  const bool json_;
  const Put put_;
  std::array<std::string, kLanes> records_;
  std::vector<Source> sources_;
  std::string out_;
  std::string target_;  // as it is shown
  Timestamp timestamp_;
  ClientText client_;
};

AccessLog::AccessLog(AccessLogOptions options, Sink sink)
    : options_(options),
      sink_(std::move(sink)),
      lines_(std::make_unique<Lines>(options.json, [this](const auto& lines) { put(lines); })),
      writer_([this](const std::stop_token& stop) { run(stop); }) {}

// NOLINTNEXTLINE(bugprone-exception-escape): without memory for the last lines the process ends
AccessLog::~AccessLog() {
  ends_ = true;
  writer_.request_stop();
  writer_.join();
  write_all();
  now_empty();
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
  if (!std::exchange(holds_, true)) ++*sink_.holders;
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
    now_empty();
  }
}

void AccessLog::now_empty() {
  const std::lock_guard lock(mutex_);
  if (!filled_ && std::exchange(holds_, false)) --*sink_.holders;
}

// There is room for what comes meanwhile; at the end nobody waits for somebody who doesn't read.
void AccessLog::put(const std::string& lines) const {
  sink_.put(lines, ends_ ? std::chrono::milliseconds(0) : kPatience);
}

void AccessLog::write_all() {
  std::uint64_t left_out = 0;
  for (std::size_t i = 0; i < kLanes; ++i) left_out += lanes_.at(i).take(lines_->records(i));
  lines_->write();
  if (left_out > 0) sink_.leave_out(left_out);
}

std::string loggable_target(std::string_view target) {
  const auto printable = [](std::string text) {
    std::ranges::transform(text, text.begin(), as_printable);
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
