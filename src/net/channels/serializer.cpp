#include "net/channels/serializer.hpp"

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "net/channels/json_reader.hpp"
#include "net/json.hpp"
#include "net/utf8.hpp"

namespace coppice::net::channels {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;
using websocket::Frame;
using websocket::FrameBuilder;
using websocket::Opcode;

constexpr std::size_t kMaxBinaryField = 255;
constexpr std::size_t kTypicalHead = 128;

/// The first byte of a binary frame. A push from a client and one to a client are laid out
/// differently.
enum class BinaryKind : std::uint8_t { push = 0, reply = 1, broadcast = 2 };

std::optional<Field> read_field(JsonReader& reader) {
  if (reader.at_string()) {
    auto text = reader.string();
    if (!text) return std::nullopt;
    return Field::string(*std::move(text));
  }
  auto text = reader.value();
  if (!text) return std::nullopt;
  return Field::json(*std::move(text));
}

bool read_payload(JsonReader& reader, Payload& payload) {
  auto text = reader.value();
  if (!text) return false;
  payload = Payload::json(*std::move(text));
  return true;
}

bool read_array(JsonReader& reader, Message& message) {
  if (!reader.skip('[')) return false;
  for (auto* field : {&message.join_ref, &message.ref, &message.topic, &message.event}) {
    auto value = read_field(reader);
    if (!value || !reader.skip(',')) return false;
    *field = *std::move(value);
  }
  if (!read_payload(reader, message.payload)) return false;
  while (reader.skip(',')) {
    if (!reader.value()) return false;
  }
  return reader.skip(']') && reader.at_end();
}

/// Which keys of a V1 object have been seen: the first of duplicates counts.
struct SeenKeys {
  bool topic = false;
  bool event = false;
  bool ref = false;
  bool join_ref = false;
  bool payload = false;

  [[nodiscard]] bool all_required() const { return topic && event && ref && payload; }
};

bool read_member(JsonReader& reader, const std::string& key, Message& message, SeenKeys& seen) {
  struct Slot {
    std::string_view key;
    Field* field;
    bool* seen;
  };
  const std::array<Slot, 4> slots = {{{"topic", &message.topic, &seen.topic},
                                      {"event", &message.event, &seen.event},
                                      {"ref", &message.ref, &seen.ref},
                                      {"join_ref", &message.join_ref, &seen.join_ref}}};
  for (const auto& slot : slots) {
    if (slot.key != key || std::exchange(*slot.seen, true)) continue;
    auto value = read_field(reader);
    if (!value) return false;
    *slot.field = *std::move(value);
    return true;
  }
  if (key == "payload" && !std::exchange(seen.payload, true)) {
    return read_payload(reader, message.payload);
  }
  return reader.value().has_value();
}

bool read_object(JsonReader& reader, Message& message) {
  if (!reader.skip('{')) return false;
  SeenKeys seen;
  if (!reader.skip('}')) {
    do {
      const auto key = reader.string();
      if (!key || !reader.skip(':') || !read_member(reader, *key, message, seen)) return false;
    } while (reader.skip(','));
    if (!reader.skip('}')) return false;
  }
  return reader.at_end() && seen.all_required();
}

void append_field(std::string& out, const Field& field) {
  if (field.is_string()) {
    append_json_string(out, field.text());
  } else {
    out += field.text();
  }
}

/// The parts of a text frame; the payload is finished JSON text.
struct TextFrame {
  const Field& join_ref;
  const Field& ref;
  const Field& topic;
  std::string_view event;
  std::string_view payload_before;  // what surrounds the payload, for replies
  std::string_view payload;
  std::string_view payload_after;
};

Frame encode_text(Version version, const TextFrame& parts) {
  FrameBuilder builder(kTypicalHead + parts.payload.size());
  auto& out = builder.payload();
  const auto append_payload = [&] {
    out += parts.payload_before;
    out += parts.payload;
    out += parts.payload_after;
  };
  if (version == Version::v2) {
    out += '[';
    append_field(out, parts.join_ref);
    out += ',';
    append_field(out, parts.ref);
    out += ',';
    append_field(out, parts.topic);
    out += ',';
    append_json_string(out, parts.event);
    out += ',';
    append_payload();
    out += ']';
  } else {
    out += R"({"topic":)";
    append_field(out, parts.topic);
    out += R"(,"event":)";
    append_json_string(out, parts.event);
    out += R"(,"payload":)";
    append_payload();
    out += R"(,"ref":)";
    append_field(out, parts.ref);
    out += '}';
  }
  return std::move(builder).finish(Opcode::text);
}

Result<Frame> encode_binary(Version version, BinaryKind kind,
                            std::initializer_list<std::string_view> fields,
                            std::string_view payload) {
  if (version == Version::v1) return fail(Errc::unsupported, "V1 has no binary payloads");
  FrameBuilder builder(kTypicalHead + payload.size());
  auto& out = builder.payload();
  out += static_cast<char>(kind);
  for (const auto field : fields) {
    if (field.size() > kMaxBinaryField) {
      return fail(Errc::too_large, "a field of a binary message is longer than 255 bytes");
    }
    out += static_cast<char>(field.size());
  }
  for (const auto field : fields) out += field;
  out += payload;
  return std::move(builder).finish(Opcode::binary);
}

/// Binary frames know no null: it becomes the empty string.
std::string_view binary_text(const Field& field) {
  return field.is_null() ? std::string_view() : std::string_view(field.text());
}

}  // namespace

Result<Message> decode_text(Version version, std::string_view text) {
  Message message;
  JsonReader reader(text);
  const bool valid =
      version == Version::v2 ? read_array(reader, message) : read_object(reader, message);
  if (!valid) return fail(Errc::malformed, "not a Channels message");
  return message;
}

Result<Message> decode_binary(Version version, std::string_view bytes) {
  constexpr std::size_t kFields = 4;
  constexpr std::size_t kHeader = 1 + kFields;
  if (version == Version::v1) return fail(Errc::unsupported, "V1 has no binary messages");
  if (bytes.size() < kHeader || bytes[0] != static_cast<char>(BinaryKind::push)) {
    return fail(Errc::malformed, "not a binary push");
  }
  Message message;
  auto rest = bytes.substr(kHeader);
  const std::array<Field*, kFields> fields = {&message.join_ref, &message.ref, &message.topic,
                                              &message.event};
  for (std::size_t i = 0; i < kFields; ++i) {
    const std::size_t size = static_cast<unsigned char>(bytes[1 + i]);
    if (size > rest.size()) return fail(Errc::malformed, "a binary push runs past its end");
    const auto text = rest.substr(0, size);
    if (!is_utf8(text)) return fail(Errc::malformed, "a field of a binary push is not UTF-8");
    *fields.at(i) = Field::string(std::string(text));
    rest.remove_prefix(size);
  }
  message.payload = Payload::binary(std::string(rest));
  return message;
}

Result<Frame> encode_reply(Version version, const Field& join_ref, const Field& ref,
                           const Field& topic, std::string_view status, const Payload& response) {
  if (response.kind == Payload::Kind::binary) {
    return encode_binary(version, BinaryKind::reply,
                         {binary_text(join_ref), binary_text(ref), binary_text(topic), status},
                         response.bytes);
  }
  std::string before = R"({"status":)";
  append_json_string(before, status);
  before += R"(,"response":)";
  return encode_text(version, {.join_ref = join_ref,
                               .ref = ref,
                               .topic = topic,
                               .event = kReplyEvent,
                               .payload_before = before,
                               .payload = response.bytes,
                               .payload_after = "}"});
}

Result<Frame> encode_push(Version version, const Field& join_ref, const Field& ref,
                          std::string_view topic, std::string_view event, const Payload& payload) {
  if (payload.kind == Payload::Kind::binary) {
    return encode_binary(version, BinaryKind::push, {binary_text(join_ref), topic, event},
                         payload.bytes);
  }
  return encode_text(version, {.join_ref = join_ref,
                               .ref = ref,
                               .topic = Field::string(std::string(topic)),
                               .event = event,
                               .payload_before = {},
                               .payload = payload.bytes,
                               .payload_after = {}});
}

Result<Frame> encode_broadcast(Version version, std::string_view topic, std::string_view event,
                               const Payload& payload) {
  if (payload.kind == Payload::Kind::binary) {
    return encode_binary(version, BinaryKind::broadcast, {topic, event}, payload.bytes);
  }
  return encode_push(version, Field(), Field(), topic, event, payload);
}

}  // namespace coppice::net::channels
