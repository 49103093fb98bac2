#include <string>
#include <string_view>

#include "fuzz/target.hpp"
#include "net/http/headers.hpp"
#include "net/http/request_parser.hpp"

/// What a connection receives: requests one after the other, with their bodies.
namespace coppice::fuzz {
namespace {

using net::http::Request;
using net::http::RequestParser;
using Progress = RequestParser::Progress;

// Small, so that inputs reach them.
constexpr net::http::Limits kLimits{
    .max_target_bytes = 200, .max_head_bytes = 600, .max_headers = 10, .max_body_bytes = 300};

/// What becomes of a request that has been read: somebody keeps it, or the next is read into it.
enum class Then : bool { take, reuse };

/// Presents bytes as a session does, and writes down what comes out.
class Reader {
 public:
  explicit Reader(Then then) : parser_(kLimits), then_(then) {}

  void feed(std::string_view bytes) {
    unread_ += bytes;
    while (!refused_) {
      const auto step = parser_.advance(unread_);
      expect(step.consumed <= unread_.size(), "no more is used than there is");
      unread_.erase(0, step.consumed);
      if (step.progress == Progress::need_more) return;
      if (step.progress == Progress::head) begin_body();
      if (step.progress == Progress::complete) finish();
      if (step.progress == Progress::refused) refuse();
    }
  }

  [[nodiscard]] const std::string& seen() const noexcept { return seen_; }

 private:
  void begin_body() {
    const auto& request = *parser_.request();
    check_head(request);
    if (request.content_length.value_or(0) > kLimits.max_body_bytes) return refuse_body();
    parser_.limit_body(kLimits.max_body_bytes);
  }

  void refuse_body() {
    seen_ += "too large\n";
    refused_ = true;
  }

  void refuse() {
    refused_ = true;
    seen_ += "refused " + std::to_string(static_cast<int>(parser_.refusal().status)) + "\n";
  }

  void finish() {
    note(*parser_.request());
    if (then_ == Then::reuse) return parser_.reuse();
    (void)parser_.take();
  }

  void note(const Request& request) {
    check_head(request);
    expect(request.body.size() <= kLimits.max_body_bytes, "a body keeps its limit");
    seen_ += std::to_string(static_cast<int>(request.method)) + " " + request.target + " " +
             request.path + (request.keep_alive ? " stays\n" : " closes\n");
    seen_ += request.headers.wire();
    seen_ += "\n" + request.body + "\n";
  }

  static void check_head(const Request& request) {
    expect(request.path.starts_with('/') || request.path == "*", "a path is a path");
    expect(!request.content_length || !request.headers.contains("transfer-encoding"),
           "a body has one length");
    expect(request.headers.count("content-length") <= 1, "a length is given once");
    expect(request.headers.count("host") <= 1, "a host is given once");
    expect(request.headers.size() <= kLimits.max_headers + 1, "there are not too many headers");
    for (const auto header : request.headers) {
      expect(net::http::is_header_name(header.name), "a header's name is a token");
      expect(header.value.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos,
             "a header's value is on one line");
    }
  }

  RequestParser parser_;
  const Then then_;
  std::string unread_;
  std::string seen_;
  bool refused_ = false;
};

void run(std::string_view input) {
  std::string whole;
  for_each_cut(input, [&](const Pieces& pieces) {
    for (const auto then : {Then::take, Then::reuse}) {
      Reader reader(then);
      for (const auto& piece : pieces) reader.feed(piece);
      if (whole.empty()) whole = reader.seen();
      expect(reader.seen() == whole, "how the bytes arrive makes no difference");
    }
  });
}

const Registration kRegistration("http", run);

}  // namespace
}  // namespace coppice::fuzz
