#include "app/content/source_text.hpp"

#include <fstream>
#include <system_error>

#include <fmt/format.h>

#include "net/utf8.hpp"

namespace coppice::app::content {

namespace {

using actors::Errc;
using actors::fail;

bool is_clean(std::string_view text) {
  return text.find('\0') == std::string_view::npos && net::is_utf8(text);
}

}  // namespace

actors::Result<std::string> read_file(const std::filesystem::path& path, std::size_t max_bytes) {
  std::error_code ec;
  const auto status = std::filesystem::status(path, ec);
  if (status.type() == std::filesystem::file_type::not_found) {
    return fail(Errc::not_found, "the file does not exist");
  }
  if (ec) return fail(Errc::io_error, ec.message());
  if (!std::filesystem::is_regular_file(status)) {
    return fail(Errc::unsupported, "it is not a regular file");
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::io_error, "the file can't be opened");
  std::string text;
  // Room for the largest file, of which only what is read is touched: no page of the rest is used.
  text.resize_and_overwrite(max_bytes + 1, [&in](char* to, std::size_t room) {
    in.read(to, static_cast<std::streamsize>(room));
    return static_cast<std::size_t>(in.gcount());
  });
  if (in.bad()) return fail(Errc::io_error, "the file can't be read");
  if (text.size() > max_bytes) {
    return fail(Errc::too_large, fmt::format("it is larger than {} bytes", max_bytes));
  }
  text.shrink_to_fit();
  return text;
}

std::size_t first_unclean_line(std::string_view text) {
  if (is_clean(text)) return 0;
  std::size_t line = 1;
  for (; !text.empty(); ++line) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos || !is_clean(text.substr(0, end))) break;
    text.remove_prefix(end + 1);
  }
  return line;
}

}  // namespace coppice::app::content
