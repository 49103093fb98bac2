#pragma once

#include <cstdint>
#include <string>

namespace coppice::app::mail {

/// One mail, to one address.
struct Mail {
  std::string from;  ///< An address, or "Name <address>".
  std::string to;    ///< An address, checked by accounts::check_email().
  std::string subject;
  std::string text;  ///< UTF-8, lines ended by \n.
};

/// The address within "Name <address>".
[[nodiscard]] std::string address_of(const std::string& mailbox);

/// Whether it is an address that can be put into a header, or "Name <address>" with one.
[[nodiscard]] bool is_mailbox(const std::string& mailbox);

/// The mail as it travels (RFC 5322 and MIME): lines ended by \r\n, nothing beyond ASCII.
/// @param id    Names the mail; unique without its domain.
/// @param time  Seconds since 1970.
[[nodiscard]] std::string compose(const Mail& mail, const std::string& id, std::int64_t time);

}  // namespace coppice::app::mail
