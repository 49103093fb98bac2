#include "net/encoding.hpp"

#include <algorithm>
#include <cstddef>

#include <boost/beast/core/detail/base64.hpp>
#include <boost/beast/core/detail/sha1.hpp>

namespace coppice::net {
namespace {

namespace beast = boost::beast::detail;
namespace base64 = beast::base64;

bool in_alphabet(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
         c == '/';
}

}  // namespace

std::string base64_encode(std::string_view bytes) {
  std::string text(base64::encoded_size(bytes.size()), '\0');
  text.resize(base64::encode(text.data(), bytes.data(), bytes.size()));
  return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.ends_with('=') && text.size() % 4 != 0) return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  if (text.size() % 4 == 1) return std::nullopt;

  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  if (!std::ranges::all_of(standard, in_alphabet)) return std::nullopt;
  std::string bytes(base64::decoded_size(standard.size() + 3), '\0');
  bytes.resize(base64::decode(bytes.data(), standard.data(), standard.size()).first);
  return bytes;
}

std::string sha1(std::string_view bytes) {
  std::string digest(beast::sha1_context::digest_size, '\0');
  beast::sha1_context context;
  beast::init(context);
  beast::update(context, bytes.data(), bytes.size());
  beast::finish(context, digest.data());
  return digest;
}

}  // namespace coppice::net
