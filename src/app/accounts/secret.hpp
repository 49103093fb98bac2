#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace coppice::app::accounts {

/// Initialises libsodium, once. Throws std::runtime_error if it can't be. Thread: any.
void require_sodium();

/// From the system's generator.
[[nodiscard]] std::string random_bytes(std::size_t count);

/// Base64 in the URL alphabet, without padding: for cookies, links and headers.
[[nodiscard]] std::string base64url(std::string_view bytes);

/// 256 random bits as text: what sessions, bearer tokens and links are known by.
[[nodiscard]] std::string new_secret();

/// What is stored in its place. A secret of 256 random bits can't be guessed, so a fast digest
/// does.
[[nodiscard]] std::string secret_hash(std::string_view secret);

/// Compares in a time that depends on the lengths only.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace coppice::app::accounts
