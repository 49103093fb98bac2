#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "app/accounts/role.hpp"
#include "app/content/field_problems.hpp"

namespace coppice::app::accounts {

using content::FieldProblems;

/// Somebody with an account.
struct User {
  std::int64_t id = 0;
  std::string email;  ///< As it was given; compared without case.
  std::string name;
  Role role = Role::member;
  bool disabled = false;    ///< May not sign in; what they hold lets nobody in.
  std::string inserted_at;  ///< `YYYY-MM-DDTHH:MM:SS`, UTC

  auto fields(this auto& self) {
    return std::tie(self.id, self.email, self.name, self.role, self.disabled, self.inserted_at);
  }
  friend bool operator==(const User&, const User&) = default;
};

/// A user, and what proves that somebody is them.
struct Credentials {
  User user;
  std::optional<std::string> password_hash;  ///< None: no password lets this user in.
};

inline constexpr std::size_t kLongestEmail = 160;
inline constexpr std::size_t kLongestName = 160;
inline constexpr std::size_t kShortestPassword = 12;  ///< characters
inline constexpr std::size_t kLongestPassword = 256;  ///< bytes

/// Without the blanks around it.
[[nodiscard]] std::string normalized_email(std::string_view written);

/// Adds what is wrong with it to @p problems: of an address, that it is none. Addresses beyond
/// ASCII are refused, as most mail servers take none.
void check_email(FieldProblems& problems, std::string_view email);
void check_name(FieldProblems& problems, std::string_view name);
/// @param field  What the form calls it.
void check_password(FieldProblems& problems, std::string_view field, std::string_view password);

}  // namespace coppice::app::accounts
