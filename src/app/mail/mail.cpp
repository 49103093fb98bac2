#include "app/mail/mail.hpp"

#include <algorithm>
#include <array>
#include <ctime>

#include "app/accounts/user.hpp"
#include "net/encoding.hpp"

namespace coppice::app::mail {
namespace {

constexpr std::size_t kLineBytes = 76;
constexpr std::size_t kWordBytes = 39;  // in an encoded word: a line of 76 with its header's name

bool is_plain(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7F'; });
}

bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }

/// A header's text: as it is, or in encoded words (RFC 2047), each of whole characters.
std::string header_text(const std::string& text) {
  if (is_plain(text)) return text;
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.size(), at + kWordBytes);
    while (end < text.size() && !begins_character(text[end])) --end;
    if (!out.empty()) out += "\r\n ";
    out += "=?UTF-8?B?" + net::base64_encode(text.substr(at, end - at)) + "?=";
    at = end;
  }
  return out;
}

std::string name_of(const std::string& mailbox) {
  const auto open = mailbox.rfind('<');
  return open == std::string::npos ? ""
                                   : mailbox.substr(0, mailbox.find_last_not_of(' ', open - 1) + 1);
}

std::string mailbox_text(const std::string& mailbox) {
  const std::string name = name_of(mailbox);
  if (name.empty()) return address_of(mailbox);
  const std::string shown = is_plain(name) ? "\"" + name + "\"" : header_text(name);
  return shown + " <" + address_of(mailbox) + ">";
}

std::string date_text(std::int64_t time) {
  const auto seconds = static_cast<std::time_t>(time);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 40> text;
  const auto size = std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S +0000", &utc);
  return {text.data(), size};
}

std::string body_text(const std::string& text) {
  const std::string encoded = net::base64_encode(text);
  std::string out;
  for (std::size_t at = 0; at < encoded.size(); at += kLineBytes) {
    out += encoded.substr(at, kLineBytes) + "\r\n";
  }
  return out;
}

std::string domain_of(const std::string& address) { return address.substr(address.find('@') + 1); }

}  // namespace

std::string address_of(const std::string& mailbox) {
  const auto open = mailbox.rfind('<');
  if (open == std::string::npos) return mailbox;
  return mailbox.substr(open + 1, mailbox.size() - open - 2);
}

bool is_mailbox(const std::string& mailbox) {
  const bool framed = mailbox.find('<') != std::string::npos;
  if (framed && !mailbox.ends_with('>')) return false;
  accounts::FieldProblems problems;
  accounts::check_email(problems, address_of(mailbox));
  const bool safe = std::ranges::none_of(mailbox, [](char c) {
    return static_cast<unsigned char>(c) < ' ' || c == '\x7F' || c == '"' || c == '\\';
  });
  return problems.empty() && safe;
}

std::string compose(const Mail& mail, const std::string& id, std::int64_t time) {
  return "From: " + mailbox_text(mail.from) + "\r\nTo: " + mail.to +
         "\r\nSubject: " + header_text(mail.subject) + "\r\nDate: " + date_text(time) +
         "\r\nMessage-ID: <" + id + "@" + domain_of(address_of(mail.from)) +
         ">\r\nAuto-Submitted: auto-generated"
         "\r\nMIME-Version: 1.0"
         "\r\nContent-Type: text/plain; charset=utf-8"
         "\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         body_text(mail.text);
}

}  // namespace coppice::app::mail
