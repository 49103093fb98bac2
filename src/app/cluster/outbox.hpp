#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "app/cluster/letter.hpp"
#include "app/cluster/seal.hpp"

namespace coppice::app::cluster {

/// Makes sealed letters of messages, in the order in which they are to be sent.
///
/// Thread: one at a time.
class Outbox {
 public:
  /// What a letter holds at the most: NATS takes messages of 1 MiB.
  static constexpr std::size_t kMostBytes = std::size_t{512} << 10U;

  Outbox(Sender self, std::shared_ptr<const Seal> seal)
      : self_(std::move(self)), seal_(std::move(seal)) {}

  /// Calls @p send with each letter that @p body takes.
  /// @param version  What the nodes have in common; see Letter.
  void pack(std::int64_t version, const std::string& subject, Kind kind, std::string_view body,
            const std::function<void(std::string letter)>& send);

 private:
  const Sender self_;
  const std::shared_ptr<const Seal> seal_;
  std::map<std::string, std::int64_t> numbers_;  // The last one, by subject.
};

}  // namespace coppice::app::cluster
