#include <string>

#include <boost/json/parse.hpp>

#include "fuzz/target.hpp"
#include "net/channels/serializer.hpp"
#include "net/utf8.hpp"

/// A text frame of Phoenix Channels, in both versions.
namespace coppice::fuzz {
namespace {

using namespace net::channels;  // NOLINT(google-build-using-namespace): what is under test

bool is_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1000;
  boost::system::error_code error;
  boost::json::parse(text, error, {}, options);
  return !error;
}

void check_field(const Field& field) {
  expect(net::is_utf8(field.text()), "a field is UTF-8");
  expect(field.is_string() || is_json(field.text()), "what is no string is JSON");
}

void check_reply(Version version, const Message& message) {
  const auto reply =
      encode_reply(version, message.join_ref, message.ref, message.topic, "ok", message.payload);
  expect(reply && is_json(reply->payload()), "a reply is JSON");
}

/// What one client pushes, another may be told: it has to read the same.
void check_push(Version version, const Message& message) {
  if (!message.topic.is_string() || !message.event.is_string()) return;
  const auto push = encode_push(version, message.join_ref, message.ref, message.topic.text(),
                                message.event.text(), message.payload);
  expect(push.has_value(), "a text message can be told");
  const auto read = decode_text(version, push->payload());
  expect(read.has_value(), "what is told can be read");
  expect(read->topic == message.topic && read->event == message.event, "it is the same message");
  expect(read->ref == message.ref && read->payload == message.payload, "with the same payload");
  if (version == Version::v2) expect(read->join_ref == message.join_ref, "of the same channel");
}

void run(std::string_view input) {
  if (!net::is_utf8(input)) return;  // the frame decoder refuses it
  for (const auto version : {Version::v1, Version::v2}) {
    const auto message = decode_text(version, input);
    if (!message) continue;
    for (const auto* field :
         {&message->join_ref, &message->ref, &message->topic, &message->event}) {
      check_field(*field);
    }
    expect(message->payload.kind == Payload::Kind::json, "text carries JSON");
    expect(is_json(message->payload.bytes), "a payload is JSON");
    check_reply(version, *message);
    check_push(version, *message);
  }
}

const Registration kRegistration("channels", run);

}  // namespace
}  // namespace coppice::fuzz
