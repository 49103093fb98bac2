#include "net/channels/serializer.hpp"

#include <string>

#include <gtest/gtest.h>

namespace coppice::net::channels {
namespace {

using std::string_literals::operator""s;

Message decoded(Version version, std::string_view text) {
  auto message = decode_text(version, text);
  EXPECT_TRUE(message) << text;
  return message ? *std::move(message) : Message();
}

/// What a client reads.
std::string payload_of(const actors::Result<websocket::Frame>& frame) {
  return frame ? std::string(frame->payload()) : std::string(to_string(frame.error().code));
}

Field field(std::string_view text) { return Field::string(std::string(text)); }

TEST(V2Text, DecodesTheFiveElements) {
  const auto message = decoded(Version::v2, R"( ["1", "2", "room:lobby", "new_msg", {"a": [1]}] )");
  EXPECT_EQ(message.join_ref, field("1"));
  EXPECT_EQ(message.ref, field("2"));
  EXPECT_TRUE(message.topic.is("room:lobby"));
  EXPECT_TRUE(message.event.is("new_msg"));
  EXPECT_EQ(message.payload, Payload::json(R"({"a":[1]})"));
}

TEST(V2Text, IgnoresFurtherElements) {
  EXPECT_EQ(decoded(Version::v2, R"([null,null,"t","e",1,2,"three",{}])").payload.bytes, "1");
}

TEST(V2Text, KeepsRefsOfAnyTypeAndLength) {
  const std::string longer(5000, '7');
  for (const auto& ref : {"null"s, "123456789012345678901234567890"s, R"({"a":[1]})"s, "1.50"s,
                          "\"" + longer + "\"", R"("a\"\\\u0001ü")"s}) {
    std::string refs = "[";
    refs.append(ref).append(",").append(ref);
    const auto message = decoded(Version::v2, refs + R"(,"t","e",{}])");
    EXPECT_EQ(payload_of(encode_reply(Version::v2, message.join_ref, message.ref, message.topic,
                                      "ok", Payload())),
              refs + R"(,"t","phx_reply",{"status":"ok","response":{}}])");
  }
}

TEST(V2Text, ComparesRefsByTypeAndValue) {
  const auto ref = [](std::string_view json) {
    return decoded(Version::v2, "[" + std::string(json) + R"(,null,"t","e",{}])").join_ref;
  };
  EXPECT_EQ(ref(R"("a")"), ref(R"("\u0061")"));
  EXPECT_NE(ref(R"("1")"), ref("1"));
  EXPECT_NE(ref(R"("null")"), ref("null"));
}

TEST(V2Text, RefusesWhatIsNoMessage) {
  for (const auto& text :
       {""s, "x"s, "{}"s, "[]"s, R"(["1","2","t","e"])"s, R"(["1","2","t","e",{}] x)"s,
        R"(["1","2","t","e",{},])"s, R"(["1","2","t","e",[1,]])"s, R"(["1","2","t","e",01])"s,
        R"(["1","2","t","e",1e400])"s, R"(["1","2","t","e","\ud800"])"s,
        "[\"1\",\"2\",\"t\",\"e\",\"a\tb\"]"s, "\xEF\xBB\xBF[null,null,\"t\",\"e\",{}]"s}) {
    const auto message = decode_text(Version::v2, text);
    ASSERT_FALSE(message) << text;
    EXPECT_EQ(message.error().code, actors::Errc::malformed);
  }
}

TEST(V2Text, RefusesEveryTruncation) {
  const std::string text = R"(["1",null,"room:lobby","new_msg",{"a":"b"}])";
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(decode_text(Version::v2, text.substr(0, size))) << size;
  }
}

TEST(V2Text, EncodesAllThatAServerSends) {
  EXPECT_EQ(payload_of(encode_push(Version::v2, field("1"), Field(), "ro\"om", "ü",
                                   Payload::json(R"({"a":1})"))),
            R"(["1",null,"ro\"om","ü",{"a":1}])");
  EXPECT_EQ(payload_of(encode_broadcast(Version::v2, "t", "e", Payload())),
            R"([null,null,"t","e",{}])");
  EXPECT_EQ(payload_of(encode_reply(Version::v2, field("1"), field("2"), Field::json("7"), "error",
                                    Payload::json("[1]"))),
            R"(["1","2",7,"phx_reply",{"status":"error","response":[1]}])");
}

TEST(V1Text, DecodesObjectsInAnyOrder) {
  const auto message =
      decoded(Version::v1,
              R"({"payload":{"x":1},"extra":[{}],"ref":"3","event":"e","ref":"4","topic":"t"})");
  EXPECT_EQ(message.ref, field("3"));  // the first of duplicates
  EXPECT_TRUE(message.join_ref.is_null());
  EXPECT_TRUE(message.topic.is("t"));
  EXPECT_TRUE(message.event.is("e"));
  EXPECT_EQ(message.payload.bytes, R"({"x":1})");
  EXPECT_EQ(
      decoded(Version::v1, R"({"topic":"t","event":"e","payload":null,"ref":null,"join_ref":"1"})")
          .join_ref,
      field("1"));
}

TEST(V1Text, RefusesWhatIsNoMessage) {
  for (const auto* text :
       {"{}", R"(["1","2","t","e",{}])", R"({"topic":"t","event":"e","payload":{}})",
        R"({"topic":"t","event":"e","ref":"1"})", R"({"topic":"t","payload":{},"ref":"1"})",
        R"({"event":"e","payload":{},"ref":"1"})",
        R"({"topic":"t","event":"e","payload":{},"ref":"1",})",
        R"({"topic":"t","event":"e","payload":{},"ref":"1"} x)"}) {
    EXPECT_FALSE(decode_text(Version::v1, text)) << text;
  }
}

TEST(V1Text, EncodesFourKeys) {
  EXPECT_EQ(
      payload_of(encode_reply(Version::v1, field("9"), field("2"), field("t"), "ok", Payload())),
      R"({"topic":"t","event":"phx_reply","payload":{"status":"ok","response":{}},"ref":"2"})");
  EXPECT_EQ(payload_of(encode_broadcast(Version::v1, "t", "e", Payload())),
            R"({"topic":"t","event":"e","payload":{},"ref":null})");
}

TEST(V2Binary, DecodesAPush) {
  const auto message = decode_binary(Version::v2,
                                     "\0\1\2\3\4"
                                     "1"
                                     "22"
                                     "top"
                                     "evnt"
                                     "pay\0load"s);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->join_ref, field("1"));
  EXPECT_EQ(message->ref, field("22"));
  EXPECT_TRUE(message->topic.is("top"));
  EXPECT_TRUE(message->event.is("evnt"));
  EXPECT_EQ(message->payload, Payload::binary("pay\0load"s));
}

TEST(V2Binary, TellsAnEmptyRefFromNull) {
  const auto message = decode_binary(Version::v2, "\0\0\0\1\1te"s);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->join_ref, field(""));
  EXPECT_FALSE(message->join_ref.is_null());
  EXPECT_EQ(message->payload.bytes, "");
}

TEST(V2Binary, RefusesWhatIsNoPush) {
  const auto push =
      "\0\1\2\3\4"
      "1"
      "22"
      "top"
      "evnt"s;
  for (std::size_t size = 0; size < push.size(); ++size) {
    EXPECT_FALSE(decode_binary(Version::v2, push.substr(0, size))) << size;
  }
  EXPECT_FALSE(decode_binary(Version::v2, "\1\0\0\0\0"s));
  EXPECT_FALSE(decode_binary(Version::v2, "\2\0\0\0\0"s));
  EXPECT_FALSE(decode_binary(Version::v2, "\0\0\0\1\0\xFF"s));
  EXPECT_FALSE(decode_binary(Version::v1, push));
}

TEST(V2Binary, EncodesEachKind) {
  const auto payload = Payload::binary("\0x"s);
  EXPECT_EQ(payload_of(encode_push(Version::v2, field("1"), Field(), "top", "ev", payload)),
            "\0\1\3\2"
            "1topev\0x"s);
  EXPECT_EQ(
      payload_of(encode_reply(Version::v2, field("1"), field("22"), field("top"), "ok", payload)),
      "\1\1\2\3\2"
      "122topok\0x"s);
  EXPECT_EQ(payload_of(encode_broadcast(Version::v2, "top", "ev", payload)), "\2\3\2topev\0x"s);
  EXPECT_EQ(encode_broadcast(Version::v2, "t", "e", payload)->opcode(), websocket::Opcode::binary);
}

TEST(V2Binary, CannotExpressLongNamesNorV1) {
  const auto payload = Payload::binary("");
  EXPECT_TRUE(encode_broadcast(Version::v2, std::string(255, 't'), "e", payload));
  EXPECT_EQ(encode_broadcast(Version::v2, std::string(256, 't'), "e", payload).error().code,
            actors::Errc::too_large);
  EXPECT_EQ(encode_broadcast(Version::v1, "t", "e", payload).error().code,
            actors::Errc::unsupported);
}

}  // namespace
}  // namespace coppice::net::channels
