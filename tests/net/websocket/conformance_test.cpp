// RFC 6455 as the field's conformance suites check it, chapter by chapter.
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "net/loopback.hpp"
#include "net/websocket/client_frames.hpp"
#include "net/websocket/decoder.hpp"
#include "net/websocket/describe_event.hpp"

namespace coppice::net::websocket {
namespace {

using testing::close;
using testing::describe;
using testing::kFinal;
using testing::ping;
using testing::pong;
using testing::raw_frame;
using testing::text;
using Events = std::vector<std::string>;

struct Case {
  std::string name;
  std::string bytes;
  Events events;

  friend std::ostream& operator<<(std::ostream& out, const Case& which) {
    return out << which.name;
  }
};

Events decode_in(const std::vector<std::string>& pieces) {
  Decoder decoder;
  Events events;
  for (auto piece : pieces) {
    decoder.feed(piece);
    while (const auto event = decoder.next()) events.push_back(describe(*event));
  }
  return events;
}

std::vector<std::string> octets(std::string_view bytes) {
  std::vector<std::string> pieces;
  for (const char c : bytes) pieces.emplace_back(1, c);
  return pieces;
}

std::string part(std::string_view payload) { return raw_frame(0, payload); }
std::string last(std::string_view payload) { return raw_frame(kFinal, payload); }
std::string first_text(std::string_view payload) { return raw_frame(1, payload); }
std::string repeated(const std::string& bytes, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += bytes;
  return all;
}

const Events kProtocolError = {"violation 1002"};
const Events kNotUtf8 = {"violation 1007"};

void add_sizes(std::vector<Case>& cases) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 128U, 65535U, 65536U}) {
    const std::string payload(size, '*');
    const auto name = std::to_string(size);
    cases.push_back({"text of " + name, text(payload), {"text " + payload}});
    cases.push_back({"binary of " + name, testing::binary(payload), {"binary " + payload}});
  }
}

void add_pings(std::vector<Case>& cases) {
  const std::string longest(125, '\xFE');
  cases.push_back({"ping without payload", ping(""), {"ping "}});
  cases.push_back({"ping of 125 bytes", ping(longest), {"ping " + longest}});
  cases.push_back({"ping of 126 bytes", ping(longest + "x"), kProtocolError});
  cases.push_back({"unsolicited pong", pong("x") + ping("y"), {"pong x", "ping y"}});
  cases.push_back({"ten pings", repeated(ping("p"), 10), Events(10, "ping p")});
}

void add_reserved(std::vector<Case>& cases) {
  for (const unsigned bits : {0x40U, 0x20U, 0x10U, 0x60U, 0x70U}) {
    const auto name = std::to_string(bits);
    for (const unsigned opcode : {1U, 2U, 8U, 9U, 10U}) {
      cases.push_back({"reserved bits " + name + " of opcode " + std::to_string(opcode),
                       text("fine") + raw_frame(kFinal | bits | opcode, ""),
                       {"text fine", "violation 1002"}});
    }
    cases.push_back({"reserved bits " + name + " of a continuation",
                     first_text("x") + raw_frame(kFinal | bits, "y"), kProtocolError});
  }
  for (const unsigned opcode : {3U, 4U, 5U, 6U, 7U, 11U, 12U, 13U, 14U, 15U}) {
    const auto name = std::to_string(opcode);
    cases.push_back({"opcode " + name, raw_frame(kFinal | opcode, ""), kProtocolError});
    cases.push_back({"opcode " + name + " within a message",
                     first_text("x") + raw_frame(kFinal | opcode, "y"), kProtocolError});
  }
}

void add_fragments(std::vector<Case>& cases) {
  cases.push_back({"fragmented ping", raw_frame(9, "a") + last("b"), kProtocolError});
  cases.push_back({"fragmented pong", raw_frame(10, "a") + last("b"), kProtocolError});
  cases.push_back({"fragmented close", raw_frame(8, "a") + last("b"), kProtocolError});
  cases.push_back({"two fragments", first_text("a") + last("b"), {"text ab"}});
  cases.push_back({"many fragments",
                   first_text("a") + repeated(part("b"), 50) + last("c"),
                   {"text a" + std::string(50, 'b') + "c"}});
  cases.push_back({"controls between fragments",
                   first_text("a") + ping("1") + part("b") + pong("2") + last("c"),
                   {"ping 1", "pong 2", "text abc"}});
  cases.push_back(
      {"close between fragments", first_text("a") + close(1000) + last("b"), {"close 1000 "}});
  cases.push_back({"continuation of nothing", part("a") + last("b"), kProtocolError});
  cases.push_back({"last continuation of nothing", last("a"), kProtocolError});
  cases.push_back(
      {"continuation of a whole message", text("a") + last("b"), {"text a", "violation 1002"}});
  cases.push_back({"text within a text", first_text("a") + text("b"), kProtocolError});
  cases.push_back({"binary within a text", first_text("a") + testing::binary("b"), kProtocolError});
  cases.push_back({"empty first and last fragment", first_text("") + last(""), {"text "}});
  cases.push_back({"two messages in fragments",
                   first_text("a") + last("b") + raw_frame(2, "c") + last("d"),
                   {"text ab", "binary cd"}});
}

void add_utf8(std::vector<Case>& cases) {
  const std::vector<std::string> valid = {"\xCE\xBA\xE1\xBD\xB9\xCF\x83\xCE\xBC\xCE\xB5",  // kosme
                                          std::string(1, '\0'),
                                          "\x7F",
                                          "\xC2\x80",
                                          "\xDF\xBF",
                                          "\xE0\xA0\x80",
                                          "\xED\x9F\xBF",
                                          "\xEE\x80\x80",
                                          "\xEF\xBF\xBD",
                                          "\xEF\xBF\xBF",
                                          "\xF0\x90\x80\x80",
                                          "\xF4\x8F\xBF\xBF",
                                          "\xF3\xB0\x80\x80"};
  const std::vector<std::string> invalid = {"\x80",
                                            "\xBF",
                                            "\xC0\x80",
                                            "\xC1\xBF",
                                            "\xE0\x80\x80",
                                            "\xE0\x9F\xBF",
                                            "\xED\xA0\x80",
                                            "\xED\xBF\xBF",
                                            "\xED\xA0\x80\xED\xB0\x80",
                                            "\xF0\x80\x80\x80",
                                            "\xF0\x8F\xBF\xBF",
                                            "\xF4\x90\x80\x80",
                                            "\xF5\x80\x80\x80",
                                            "\xF8\x88\x80\x80\x80",
                                            "\xFE",
                                            "\xFF",
                                            "\xC2",
                                            "\xE2\x82",
                                            "\xF0\x9F\x8C",
                                            "\xC2 ",
                                            "\xE2\x82 ",
                                            "\xCE\xBA\xE1\xBD\xB9\xED\xA0\x80"};
  for (const auto& characters : valid) {
    const auto& c = characters;
    cases.push_back({"valid " + std::to_string(cases.size()), text(c), {"text " + c}});
    std::string octet_by_octet = first_text("");
    for (const char octet : c) octet_by_octet += part(std::string(1, octet));
    cases.push_back({"valid in fragments " + std::to_string(cases.size()),
                     octet_by_octet + last(""),
                     {"text " + c}});
  }
  for (const auto& c : invalid) {
    cases.push_back({"invalid " + std::to_string(cases.size()), text("a" + c), kNotUtf8});
    cases.push_back({"invalid in fragments " + std::to_string(cases.size()),
                     first_text("a" + c.substr(0, 1)) + last(c.substr(1)), kNotUtf8});
    cases.push_back({"binary may be anything " + std::to_string(cases.size()),
                     testing::binary(c),
                     {"binary " + c}});
  }
}

void add_closes(std::vector<Case>& cases) {
  const std::string longest(123, 'r');
  cases.push_back({"nothing after a close", close(1000) + text("x") + ping("y"), {"close 1000 "}});
  cases.push_back({"two closes", close(1000) + close(1001), {"close 1000 "}});
  cases.push_back({"close without a code", raw_frame(kFinal | 8, ""), {"close 1005 "}});
  cases.push_back({"close with half a code", raw_frame(kFinal | 8, "\x03"), kProtocolError});
  cases.push_back(
      {"close with the longest reason", close(1000, longest), {"close 1000 " + longest}});
  cases.push_back({"close with a longer one", close(1000, longest + "r"), kProtocolError});
  cases.push_back({"close with half a character", close(1000, "\xC2"), kNotUtf8});
  for (const unsigned code : {1000U, 1001U, 1002U, 1003U, 1007U, 1008U, 1009U, 1010U, 1011U, 3000U,
                              3999U, 4000U, 4999U}) {
    const auto name = std::to_string(code);
    cases.push_back({"close " + name, close(code), {"close " + name + " "}});
  }
  for (const unsigned code : {0U, 999U, 1004U, 1005U, 1006U, 1016U, 1100U, 2000U, 2999U}) {
    cases.push_back({"invalid close " + std::to_string(code), close(code), kProtocolError});
  }
}

std::vector<Case> all_cases() {
  std::vector<Case> cases;
  add_sizes(cases);
  add_pings(cases);
  add_reserved(cases);
  add_fragments(cases);
  add_utf8(cases);
  add_closes(cases);
  return cases;
}

class Conformance : public ::testing::TestWithParam<Case> {};

TEST_P(Conformance, WholeAndInOctetsAndInPieces) {
  const auto& [name, bytes, events] = GetParam();
  EXPECT_EQ(decode_in({bytes}), events);
  if (bytes.size() < 2000) EXPECT_EQ(decode_in(octets(bytes)), events);
  net::testing::Random random;
  EXPECT_EQ(decode_in(random.pieces(bytes)), events);
}

INSTANTIATE_TEST_SUITE_P(Rfc6455, Conformance, ::testing::ValuesIn(all_cases()));

}  // namespace
}  // namespace coppice::net::websocket
