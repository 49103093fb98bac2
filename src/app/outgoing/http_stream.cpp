#include "app/outgoing/http_stream.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "app/outgoing/curl.hpp"

namespace coppice::app::outgoing {
namespace {

using actors::Errc;
using actors::Error;

constexpr long kStreamConnectSeconds = 2;
constexpr long kAliveIdleSeconds = 10;
constexpr long kAliveIntervalSeconds = 5;
constexpr long kOk = 200;
constexpr int kPollMilliseconds = 10'000;
constexpr std::size_t kLongestLine = std::size_t{64} * 1024;

struct CloseMulti {
  // NOLINTNEXTLINE(bugprone-exception-escape): what is given back was made, so libcurl is loaded
  void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
};
using MultiHandle = std::unique_ptr<CURLM, CloseMulti>;

/// Keeps a transfer in the multi handle, which must outlive it.
class Transfer {
 public:
  Transfer(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) {
    curl_multi_add_handle(multi_, easy_);
  }
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  // NOLINTNEXTLINE(bugprone-exception-escape): likewise
  ~Transfer() { curl_multi_remove_handle(multi_, easy_); }

 private:
  CURLM* multi_;
  CURL* easy_;
};

struct Lines {
  const TakeLine& take;
  CURL* easy;
  std::string rest{};
  bool too_long = false;

  void add(std::string_view bytes) {
    rest += bytes;
    std::size_t begin = 0;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', begin)) {
      take(std::string_view(rest).substr(begin, end - begin));
      begin = end + 1;
    }
    rest.erase(0, begin);
    too_long = rest.size() > kLongestLine;
  }

  [[nodiscard]] bool is_answer() const {
    long status = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return status == kOk;
  }
};

std::size_t take_bytes(char* bytes, std::size_t size, std::size_t count, void* out) {
  auto& lines = *static_cast<Lines*>(out);
  if (!lines.is_answer()) return 0;
  lines.add({bytes, size * count});
  return lines.too_long ? 0 : size * count;
}

void set_up(CURL* curl, const std::string& url) {
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "coppice");
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kStreamConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPIDLE, kAliveIdleSeconds);
  curl_easy_setopt(curl, CURLOPT_TCP_KEEPINTVL, kAliveIntervalSeconds);
}

/// How the only transfer has ended; nothing while it goes on.
std::optional<CURLcode> outcome_of(CURLM* multi) {
  int left = 0;
  const CURLMsg* message = curl_multi_info_read(multi, &left);
  if (message == nullptr || message->msg != CURLMSG_DONE) return std::nullopt;
  return message->data.result;
}

std::optional<CURLcode> run(CURLM* multi, const std::stop_token& stop) {
  int running = 1;
  while (running != 0 && !stop.stop_requested()) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) break;
    if (running != 0) curl_multi_poll(multi, nullptr, 0, kPollMilliseconds, nullptr);
  }
  return outcome_of(multi);
}

}  // namespace

Error stream_lines(const std::string& url, const TakeLine& line, const std::stop_token& stop) {
  const MultiHandle multi(curl_multi_init());
  const CurlHandle easy(curl_easy_init());
  if (!multi || !easy) return {Errc::system_limit, "libcurl could not be initialised"};
  Lines lines{.take = line, .easy = easy.get()};
  std::array<char, CURL_ERROR_SIZE> problem{};
  set_up(easy.get(), url);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, problem.data());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &take_bytes);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &lines);
  const Transfer transfer(multi.get(), easy.get());
  auto wake = [&multi] { curl_multi_wakeup(multi.get()); };
  const std::stop_callback on_stop(stop, wake);
  const auto outcome = run(multi.get(), stop);
  if (stop.stop_requested()) return {Errc::cancelled, "the stream was told to stop"};
  if (lines.too_long) return {Errc::too_large, url + " sends a line that doesn't end"};
  if (!lines.is_answer() && outcome != CURLE_OK && problem.front() == '\0') {
    return {Errc::unavailable, url + " does not answer with a stream"};
  }
  if (outcome == CURLE_OK) return {Errc::unavailable, url + ": the stream has ended"};
  return {Errc::unavailable,
          fmt::format("{}: {}", url, explain(outcome.value_or(CURLE_RECV_ERROR), problem.data()))};
}

}  // namespace coppice::app::outgoing
