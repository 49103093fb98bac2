#pragma once

#include <atomic>
#include <cstdint>

namespace coppice::app::mail {

/// What has become of mails since the start, across the mailer's incarnations. Thread: any.
struct MailRecord {
  std::atomic<std::uint64_t> sent{0};
  std::atomic<std::uint64_t> postponed{0};  ///< Attempts that failed and are made again.
  std::atomic<std::uint64_t> given_up{0};
};

}  // namespace coppice::app::mail
