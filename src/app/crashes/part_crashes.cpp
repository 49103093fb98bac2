#include "app/crashes/part_crashes.hpp"

#include <fmt/format.h>

#include "actors/events.hpp"
#include "app/clean_text.hpp"

namespace coppice::app::crashes {
namespace {

constexpr std::size_t kLongestPath = 256;

}  // namespace

void PartCrashes::report(std::string_view path, const std::exception_ptr& failure,
                         std::string_view detail) {
  const auto left_out = limit_.admit(runtime_.now());
  if (!left_out) return;
  const auto reason = actors::reason_of(failure, doing_);
  auto note = clean_text(detail, kLongestPath, Lines::one);
  if (*left_out > 0) {
    note +=
        fmt::format("{}{} crashes before it were left out", note.empty() ? "" : "; ", *left_out);
  }
  const auto which = clean_text(path, kLongestPath, Lines::one);
  runtime_.events().emit({.kind = actors::EventKind::actor_crash,
                          .path = which,
                          .type = part_,
                          .detail = note,
                          .value = *left_out + 1,  // of crashes that this one stands for
                          .reason = &reason});
}

}  // namespace coppice::app::crashes
