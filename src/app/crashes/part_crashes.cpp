#include "app/crashes/part_crashes.hpp"

#include <fmt/format.h>

#include "actors/events.hpp"
#include "app/clean_text.hpp"

namespace coppice::app::crashes {
namespace {

constexpr std::size_t kLongestPath = 256;

}  // namespace

void PartCrashes::report(std::string_view path, const std::exception_ptr& failure,
                         std::string_view detail, std::string_view request_id) {
  const auto which = clean_text(path, kLongestPath, Lines::one);
  const auto admitted = limits_.admit(which, runtime_.now());
  if (!admitted) return;
  const auto reason = actors::reason_of(failure, doing_);
  auto note = clean_text(detail, kLongestPath, Lines::one);
  if (admitted->left_out > 0) {
    note += fmt::format("{}{} crashes before it{} were left out", note.empty() ? "" : "; ",
                        admitted->left_out, admitted->of_others ? ", here or elsewhere," : "");
  }
  runtime_.events().emit({.kind = actors::EventKind::actor_crash,
                          .path = which,
                          .type = part_,
                          .detail = note,
                          .value = admitted->left_out + 1,  // of crashes that it stands for
                          .reason = &reason,
                          .request_id = request_id});
}

}  // namespace coppice::app::crashes
