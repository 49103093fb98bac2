#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace coppice::net::channels {

/// A field of a frame's head as the client sent it: normally a string or null, but whatever JSON it
/// was is kept and comes back as it came. Equal means the same type and value.
class Field {
 public:
  /// null.
  Field() = default;

  [[nodiscard]] static Field string(std::string text) { return {true, std::move(text)}; }

  /// Any other value, as JSON text.
  [[nodiscard]] static Field json(std::string text) { return {false, std::move(text)}; }

  [[nodiscard]] bool is_string() const noexcept { return is_string_; }
  [[nodiscard]] bool is_null() const noexcept { return !is_string_ && text_ == "null"; }

  /// The string, decoded; of anything else its JSON text.
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

  [[nodiscard]] bool is(std::string_view text) const noexcept {
    return is_string_ && text_ == text;
  }

  friend bool operator==(const Field&, const Field&) = default;

 private:
  Field(bool is_string, std::string text) : is_string_(is_string), text_(std::move(text)) {}

  bool is_string_ = false;
  std::string text_ = "null";
};

/// What a message carries: finished JSON text, or bytes.
struct Payload {
  enum class Kind : bool { json, binary };

  Kind kind = Kind::json;
  std::string bytes = "{}";

  [[nodiscard]] static Payload json(std::string text) { return {Kind::json, std::move(text)}; }
  [[nodiscard]] static Payload object(const boost::json::object& object) {
    return {Kind::json, boost::json::serialize(object)};
  }
  [[nodiscard]] static Payload binary(std::string bytes) {
    return {Kind::binary, std::move(bytes)};
  }

  /// Pushes and broadcasts carry objects or bytes; only replies may carry any JSON value.
  [[nodiscard]] bool is_object_or_binary() const noexcept {
    return kind == Kind::binary || bytes.starts_with('{');
  }

  friend bool operator==(const Payload&, const Payload&) = default;
};

/// One Channels message from a client.
struct Message {
  Field join_ref;
  Field ref;
  Field topic;
  Field event;
  Payload payload;
};

inline constexpr std::string_view kJoinEvent = "phx_join";
inline constexpr std::string_view kLeaveEvent = "phx_leave";
inline constexpr std::string_view kReplyEvent = "phx_reply";
inline constexpr std::string_view kCloseEvent = "phx_close";
inline constexpr std::string_view kErrorEvent = "phx_error";

}  // namespace coppice::net::channels
