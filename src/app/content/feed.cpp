#include "app/content/feed.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <ctime>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "app/content/date_time.hpp"
#include "app/content/html_escape.hpp"
#include "app/content/unicode.hpp"
#include "db/digest.hpp"
#include "db/query.hpp"
#include "net/http/date.hpp"

namespace coppice::app::content {

using actors::Result;

namespace {

constexpr std::string_view kPosts =
    "SELECT p.title, p.slug, p.published_at, p.updated_at, coalesce(p.description, p.excerpt, '') "
    "FROM posts p WHERE NOT p.is_draft AND p.published_at IS NOT NULL "
    "ORDER BY p.published_at DESC, p.id DESC LIMIT 50";

constexpr std::string_view kLabels =
    "SELECT t.label FROM posts_tags l JOIN tags t ON t.id = l.tag_id "
    "JOIN posts p ON p.id = l.post_id WHERE p.slug = ? ORDER BY t.label";

/// XML 1.0 allows no control characters but these three, no halves of surrogate pairs and not these
/// two, not even escaped.
constexpr bool is_xml_character(char32_t value) {
  if (value < 0x20) return value == U'\t' || value == U'\n' || value == U'\r';
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  return !surrogate && value != 0xFFFE && value != 0xFFFF;
}

/// What another application has stored may not be UTF-8: such a byte shows as U+FFFD.
void append_text(std::string& xml, std::string_view text) {
  constexpr char32_t kReplacementCharacter = 0xFFFD;
  std::string allowed;
  allowed.reserve(text.size());
  while (!text.empty()) {
    const auto character = take_code_point(text);
    if (!is_xml_character(character.value)) continue;
    allowed += character.value == kReplacementCharacter ? "\xEF\xBF\xBD" : character.bytes;
  }
  append_html_escaped(xml, allowed);
}

void append_element(std::string& xml, std::string_view name, std::string_view text) {
  xml += fmt::format("<{}>", name);
  append_text(xml, text);
  xml += fmt::format("</{}>\n", name);
}

/// Seconds since 1970 of a stored time; nothing if it is none.
std::optional<std::time_t> seconds_of(std::string_view stored) {
  const auto time = parse_date_time(stored);
  if (!time) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    std::from_chars(time->data() + at, time->data() + at + size, value);
    return value;
  };
  using namespace std::chrono;
  const year_month_day date{year{number(0, 4)}, month{static_cast<unsigned>(number(5, 2))},
                            day{static_cast<unsigned>(number(8, 2))}};
  const auto at =
      sys_days{date} + hours{number(11, 2)} + minutes{number(14, 2)} + seconds{number(17, 2)};
  return duration_cast<seconds>(at.time_since_epoch()).count();
}

void append_item(std::string& xml, const FeedOptions& options, const db::Statement& row,
                 const std::vector<std::string>& labels) {
  const std::string link = options.posts_url + row.get<std::string>(1);
  xml += "<item>\n";
  append_element(xml, "title", row.get<std::string_view>(0));
  append_element(xml, "link", link);
  xml += "<guid isPermaLink=\"true\">";
  append_text(xml, link);
  xml += "</guid>\n";
  if (const auto published = seconds_of(row.get<std::string_view>(2))) {
    append_element(xml, "pubDate", net::http::format_http_date(*published));
  }
  for (const std::string& label : labels) append_element(xml, "category", label);
  append_element(xml, "description", row.get<std::string_view>(4));
  xml += "</item>\n";
}

Result<std::vector<std::string>> labels_of(db::Connection& db, std::string_view slug) {
  std::vector<std::string> labels;
  const auto read = db::for_each_row(
      db, [&labels](const db::Statement& row) { labels.push_back(row.get<std::string>(0)); },
      kLabels, slug);
  if (!read) return std::unexpected(read.error());
  return labels;
}

/// Appends the items and gives when the last of them was changed.
Result<std::time_t> append_items(std::string& xml, db::Connection& db, const FeedOptions& options) {
  std::time_t modified = 0;
  auto posts = db.prepare(kPosts);
  if (!posts) return std::unexpected(posts.error());
  while (true) {
    const auto row = posts->step();
    if (!row) return std::unexpected(row.error());
    if (!*row) return modified;
    const auto labels = labels_of(db, posts->get<std::string_view>(1));
    if (!labels) return std::unexpected(labels.error());
    append_item(xml, options, *posts, *labels);
    modified = std::max(modified, seconds_of(posts->get<std::string_view>(3)).value_or(0));
  }
}

}  // namespace

Result<Feed> make_feed(db::Connection& db, const FeedOptions& options) {
  std::string items;
  const auto modified = append_items(items, db, options);
  if (!modified) return std::unexpected(modified.error());
  std::string xml =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n";
  append_element(xml, "title", options.title);
  append_element(xml, "link", options.site_url + "/");
  append_element(xml, "description", fmt::format("Posts of {}", options.title));
  xml += "<atom:link rel=\"self\" type=\"application/rss+xml\" href=\"";
  append_text(xml, options.site_url + "/rss");
  xml += "\"/>\n";
  if (*modified != 0) {
    append_element(xml, "lastBuildDate", net::http::format_http_date(*modified));
  }
  xml += items;
  xml += "</channel>\n</rss>\n";
  std::string etag = db::sha256_of(xml);
  return Feed{std::move(xml), std::move(etag)};
}

}  // namespace coppice::app::content
