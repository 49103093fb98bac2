#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include <boost/describe/class.hpp>
#include <boost/describe/members.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value_to.hpp>
#include <boost/mp11/algorithm.hpp>

#include "net/channels/message.hpp"

namespace coppice::net::channels {

/// The payload as an object; nothing for bytes, other JSON, and nesting beyond kMaxJsonDepth.
[[nodiscard]] std::optional<boost::json::object> read_object(const Payload& payload);

namespace detail {

template <class T>
struct IsOptional : std::false_type {};
template <class T>
struct IsOptional<std::optional<T>> : std::true_type {};

template <class T>
using DescribedMembers = boost::describe::describe_members<T, boost::describe::mod_public |
                                                                  boost::describe::mod_inherited>;

template <class M>
bool read_member(const boost::json::value* value, M& member) {
  if constexpr (IsOptional<M>::value) {
    if (value == nullptr || value->is_null()) return true;
    return read_member(value, member.emplace());
  } else {
    if (value == nullptr) return false;
    auto read = boost::json::try_value_to<M>(*value);
    if (!read) return false;
    member = std::move(*read);
    return true;
  }
}

template <class T>
std::optional<T> read_described(const boost::json::object& object) {
  T result{};
  bool complete = true;
  boost::mp11::mp_for_each<DescribedMembers<T>>([&](auto member) {
    complete = complete && read_member(object.if_contains(member.name), result.*member.pointer);
  });
  if (!complete) return std::nullopt;
  return result;
}

}  // namespace detail

/// What a handler asks for: a Payload as it is, a boost::json::object, or a struct whose members
/// BOOST_DESCRIBE_STRUCT has named. Of a struct each member must be there and of its type, except
/// for a std::optional; whatever else the object holds is ignored. Nothing if that doesn't fit.
template <class T>
[[nodiscard]] std::optional<T> read_payload(Payload payload) {
  if constexpr (std::same_as<T, Payload>) {
    return payload;
  } else {
    auto object = read_object(payload);
    if (!object) return std::nullopt;
    if constexpr (std::same_as<T, boost::json::object>) {
      return object;
    } else {
      return detail::read_described<T>(*object);
    }
  }
}

}  // namespace coppice::net::channels
