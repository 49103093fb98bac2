#include "app/rooms/viewers_channel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "app/content/slug.hpp"

namespace coppice::app::rooms {
namespace {

constexpr std::array<std::string_view, 5> kPages = {"viewers:site", "viewers:page:home",
                                                    "viewers:page:posts", "viewers:page:projects",
                                                    "viewers:page:gallery"};
constexpr std::string_view kPost = "viewers:page:post:";
constexpr std::size_t kLongestSlug = 255;

}  // namespace

bool is_viewers_topic(std::string_view topic) noexcept {
  if (!topic.starts_with(kPost)) return std::ranges::find(kPages, topic) != kPages.end();
  const auto slug = topic.substr(kPost.size());
  return slug.size() <= kLongestSlug && content::is_valid_slug(slug);
}

void ViewersChannel::join() {
  if (!is_viewers_topic(topic())) return refuse({{"reason", "unknown page"}});
  auto counted = client().roster->count_in(topic());
  if (!counted) return refuse({{"reason", "too many pages are being viewed"}});
  counted_ = std::move(*counted);
  accept();
  client().roster->request_count(topic(), subscription());
}

void ViewersChannel::on_unknown_event(const std::string& /*event*/,
                                      net::channels::Payload /*payload*/,
                                      const net::channels::Reply& reply) {
  reply.error({{"reason", "unknown event"}});
}

void ViewersChannel::leave(net::channels::EndReason /*reason*/) noexcept { counted_.leave(); }

}  // namespace coppice::app::rooms
