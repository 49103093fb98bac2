#include "app/cluster/outbox.hpp"

#include <algorithm>

#include "db/codec.hpp"

namespace coppice::app::cluster {

void Outbox::pack(std::int64_t version, const std::string& subject, Kind kind,
                  std::string_view body, const std::function<void(std::string letter)>& send) {
  std::int64_t& number = numbers_[subject];
  std::int64_t part = 0;
  do {
    const auto bytes = body.substr(0, std::min(body.size(), kMostBytes));
    body.remove_prefix(bytes.size());
    const Letter letter{.version = is_for_all_versions(kind) ? kFirstVersion : version,
                        .kind = kind,
                        .node = self_.node,
                        .incarnation = self_.incarnation,
                        .number = ++number,
                        .part = part++,
                        .more = !body.empty(),
                        .body = std::string(bytes)};
    send(seal_->seal(subject, db::to_bytes(letter)));
  } while (!body.empty());
}

}  // namespace coppice::app::cluster
