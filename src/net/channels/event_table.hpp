#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "net/channels/channel.hpp"
#include "net/channels/read_payload.hpp"

namespace coppice::net::channels {

/// Which member function of a channel handles which event. One table serves all channels of a
/// class:
///
///     events.on("say", &Chat::say);      // void say(Say message, Reply reply)
///     events.on("typing", &Chat::type);  // void type()
///
/// A handler takes the payload in a form that read_payload() can give, or not at all, and the
/// right to reply, or not. A payload that doesn't fit is answered with the error
/// `{"reason":"malformed payload"}` and does not reach the handler.
template <class Self>
class EventTable {
 public:
  using Handler = std::function<void(Self&, Payload, const Reply&)>;

  EventTable& on(std::string event, void (Self::*handler)()) {
    return add(std::move(event), [handler](Self& self, const Payload& /*payload*/,
                                           const Reply& /*reply*/) { (self.*handler)(); });
  }

  template <class First>
  EventTable& on(std::string event, void (Self::*handler)(First)) {
    using Value = std::remove_cvref_t<First>;
    if constexpr (std::is_same_v<Value, Reply>) {
      return add(std::move(event), [handler](Self& self, const Payload& /*payload*/,
                                             const Reply& reply) { (self.*handler)(reply); });
    } else {
      return add(std::move(event), [handler](Self& self, Payload payload, const Reply& reply) {
        auto value = read<Value>(std::move(payload), reply);
        if (value) (self.*handler)(*std::move(value));
      });
    }
  }

  template <class First, class Second>
  EventTable& on(std::string event, void (Self::*handler)(First, Second)) {
    static_assert(std::is_same_v<std::remove_cvref_t<Second>, Reply>);
    using Value = std::remove_cvref_t<First>;
    return add(std::move(event), [handler](Self& self, Payload payload, const Reply& reply) {
      auto value = read<Value>(std::move(payload), reply);
      if (value) (self.*handler)(*std::move(value), reply);
    });
  }

  /// Null for an event that nobody handles.
  [[nodiscard]] const Handler* find(const std::string& event) const {
    const auto found = handlers_.find(event);
    return found == handlers_.end() ? nullptr : &found->second;
  }

 private:
  EventTable& add(std::string event, Handler handler) {
    handlers_.insert_or_assign(std::move(event), std::move(handler));
    return *this;
  }

  template <class Value>
  static std::optional<Value> read(Payload payload, const Reply& reply) {
    auto value = read_payload<Value>(std::move(payload));
    if (!value) reply.error(Payload::json(R"({"reason":"malformed payload"})"));
    return value;
  }

  std::unordered_map<std::string, Handler> handlers_;
};

}  // namespace coppice::net::channels
