#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/content/resource/read_list.hpp"

namespace coppice::app::changes {

/// What is known of a record at some point of its history: whether it was hidden, its tags, and the
/// fields that can be filtered by. The views coppice_<resource>_facts show it, and triggers keep
/// what each commit found (see db::ChangeRecord::before).
class Facts {
 public:
  /// Nothing for what is no JSON object.
  [[nodiscard]] static std::optional<Facts> parse(std::string_view json);

  /// Whether a boolean field is true.
  [[nodiscard]] bool truth(std::string_view field) const noexcept;
  [[nodiscard]] bool is(const content::FieldIs& condition) const noexcept;
  [[nodiscard]] bool has_tag(std::string_view label) const noexcept;

 private:
  std::vector<content::FieldIs> fields_;
  std::vector<std::string> tags_;
};

}  // namespace coppice::app::changes
