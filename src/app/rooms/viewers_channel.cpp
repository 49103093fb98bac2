#include "app/rooms/viewers_channel.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "app/content/slug.hpp"

namespace coppice::app::rooms {
namespace {

using net::channels::Payload;

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

ViewersChannel::ViewersChannel(std::string topic, net::channels::Port port, Realtime realtime,
                               ClientPtr client)
    : topic_(std::move(topic)),
      port_(std::move(port)),
      realtime_(std::move(realtime)),
      client_(std::move(client)) {}

void ViewersChannel::on_join(Payload /*params*/) {
  if (!is_viewers_topic(topic_)) return refuse("unknown page");
  auto counted = realtime_.roster->count_in(topic_);
  if (!counted) return refuse("too many pages are being viewed");
  counted_ = std::move(*counted);
  subscription_ = realtime_.hub->subscribe(
      topic_, client_->connection,
      [weak = weak_from_this()](const actors::pubsub::BroadcastPtr& broadcast) {
        const auto self = weak.lock();
        const auto* message = dynamic_cast<const TopicBroadcast*>(broadcast.get());
        if (self && message != nullptr) self->port_.deliver(*message);
      });
  port_.accept();
  realtime_.roster->request_count(topic_, subscription_.id());
}

void ViewersChannel::refuse(std::string_view why) {
  port_.refuse(Payload::json(R"({"reason":")" + std::string(why) + R"("})"));
}

void ViewersChannel::on_event(std::string /*event*/, Payload /*payload*/,
                              net::channels::Reply reply) {
  reply.error(Payload::json(R"({"reason":"unknown event"})"));
}

void ViewersChannel::on_end(net::channels::EndReason /*reason*/) noexcept {
  subscription_.cancel();
  counted_.leave();
}

}  // namespace coppice::app::rooms
