#include <array>
#include <string>

#include "fuzz/target.hpp"
#include "net/channels/serializer.hpp"
#include "net/utf8.hpp"

/// A binary frame of Phoenix Channels V2.
namespace coppice::fuzz {
namespace {

using namespace net::channels;  // NOLINT(google-build-using-namespace): what is under test

/// A push as clients lay it out.
std::string client_push(const Message& message) {
  const std::array<const Field*, 4> fields = {&message.join_ref, &message.ref, &message.topic,
                                              &message.event};
  std::string bytes(1, '\0');
  for (const auto* field : fields) bytes += static_cast<char>(field->text().size());
  for (const auto* field : fields) bytes += field->text();
  return bytes + message.payload.bytes;
}

/// A message to clients: its kind, the sizes of its fields, the fields, the payload.
std::string server_frame(char kind, std::initializer_list<std::string_view> fields,
                         std::string_view payload) {
  std::string bytes(1, kind);
  for (const auto field : fields) bytes += static_cast<char>(field.size());
  for (const auto field : fields) bytes += field;
  return bytes.append(payload);
}

void run(std::string_view input) {
  expect(!decode_binary(Version::v1, input), "V1 has no binary frames");
  const auto message = decode_binary(Version::v2, input);
  if (!message) return;
  expect(client_push(*message) == input, "nothing of a push is lost");
  const auto& [join_ref, ref, topic, event, payload] = *message;
  expect(payload.kind == Payload::Kind::binary, "bytes stay bytes");
  for (const auto* field : {&join_ref, &ref, &topic, &event}) {
    expect(field->is_string() && net::is_utf8(field->text()), "a field is a text");
  }
  const auto push = encode_push(Version::v2, join_ref, ref, topic.text(), event.text(), payload);
  expect(push && push->payload() ==
                     server_frame(0, {join_ref.text(), topic.text(), event.text()}, payload.bytes),
         "a push is laid out as clients expect");
  const auto reply = encode_reply(Version::v2, join_ref, ref, topic, "ok", payload);
  expect(reply &&
             reply->payload() ==
                 server_frame(1, {join_ref.text(), ref.text(), topic.text(), "ok"}, payload.bytes),
         "a reply is laid out as clients expect");
  const auto broadcast = encode_broadcast(Version::v2, topic.text(), event.text(), payload);
  expect(broadcast &&
             broadcast->payload() == server_frame(2, {topic.text(), event.text()}, payload.bytes),
         "a broadcast is laid out as clients expect");
}

const Registration kRegistration("channels_binary", run);

}  // namespace
}  // namespace coppice::fuzz
