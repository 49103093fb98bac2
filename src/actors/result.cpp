#include "actors/result.hpp"

namespace coppice::actors {

std::string_view to_string(Errc code) noexcept {
  switch (code) {
    case Errc::noproc: return "noproc";
    case Errc::timeout: return "timeout";
    case Errc::down: return "down";
    case Errc::calling_self: return "calling_self";
    case Errc::overloaded: return "overloaded";
    case Errc::cancelled: return "cancelled";
    case Errc::restarting: return "restarting";
    case Errc::dropped: return "dropped";
    case Errc::shutting_down: return "shutting_down";
    case Errc::already_started: return "already_started";
    case Errc::already_present: return "already_present";
    case Errc::already_registered: return "already_registered";
    case Errc::not_found: return "not_found";
    case Errc::running: return "running";
    case Errc::max_children: return "max_children";
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::system_limit: return "system_limit";
    case Errc::wrong_type: return "wrong_type";
    case Errc::start_failed: return "start_failed";
    case Errc::callback_failed: return "callback_failed";
    case Errc::conflict: return "conflict";
    case Errc::constraint: return "constraint";
    case Errc::read_only: return "read_only";
    case Errc::disk_full: return "disk_full";
    case Errc::io_error: return "io_error";
    case Errc::corrupt: return "corrupt";
    case Errc::busy: return "busy";
    case Errc::unavailable: return "unavailable";
    case Errc::migration_failed: return "migration_failed";
    case Errc::malformed: return "malformed";
    case Errc::too_large: return "too_large";
    case Errc::unsupported: return "unsupported";
    case Errc::unauthorized: return "unauthorized";
    case Errc::forbidden: return "forbidden";
    case Errc::closed: return "closed";
    case Errc::internal: return "internal";
  }
  return "unknown";
}

std::string Error::message() const {
  std::string text(to_string(code));
  if (!context.empty()) {
    text += ": ";
    text += context;
  }
  return text;
}

}  // namespace coppice::actors
