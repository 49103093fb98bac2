#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/crashes/crash.hpp"
#include "app/sentry/logged_error.hpp"

namespace coppice::app::sentry {

/// What every event says of the server.
struct EventFacts {
  std::string release;
  std::string environment;
};

/// Something that happened before a crash, or an error.
struct Breadcrumb {
  std::int64_t at = 0;   ///< Milliseconds since 1970.
  std::string category;  ///< The event's kind: "sup.restart"
  std::string message;
};

/// A crash as Sentry's envelope: https://develop.sentry.dev/sdk/data-model/envelopes/ One of an
/// earlier process is of the release that it was.
///
/// @param event_id  32 hexadecimal digits.
/// @param trail     Oldest first; what came after the crash is left out.
[[nodiscard]] std::string envelope_of(const crashes::Crash& crash, const EventFacts& facts,
                                      const std::vector<Breadcrumb>& trail,
                                      const std::string& event_id);

/// The same for an error that the log tells of: a message, which Sentry puts together with those of
/// the same folder and shape.
[[nodiscard]] std::string envelope_of(const LoggedError& error, const EventFacts& facts,
                                      const std::vector<Breadcrumb>& trail,
                                      const std::string& event_id);

/// A new event's number.
[[nodiscard]] std::string new_event_id();

}  // namespace coppice::app::sentry
