#pragma once

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "actors/type_tag.hpp"

namespace coppice::net::http {

/// What plugs find out about a request and leave for those behind them: one value of each type.
///
///     request.assigns.set(CurrentUser{...});                          // in a plug
///     const auto* user = request->assigns.get<CurrentUser>();         // in a handler
class Assigns {
 public:
  /// Keeps the value, in place of an earlier one of its type.
  template <class T>
  void set(T value) {
    static_assert(!std::is_reference_v<T>);
    auto kept = std::make_shared<T>(std::move(value));
    if (Entry* entry = find(actors::type_tag<T>())) {
      entry->value = std::move(kept);
    } else {
      entries_.push_back({&actors::type_tag<T>(), std::move(kept)});
    }
  }

  /// The value of that type; null if nobody has set one.
  template <class T>
  [[nodiscard]] const T* get() const noexcept {
    for (const auto& entry : entries_) {
      if (entry.type == &actors::type_tag<T>()) return static_cast<const T*>(entry.value.get());
    }
    return nullptr;
  }

  [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }
  void clear() noexcept { entries_.clear(); }

 private:
  struct Entry {
    const actors::TypeTag* type;
    std::shared_ptr<void> value;
  };

  [[nodiscard]] Entry* find(const actors::TypeTag& type) noexcept {
    for (auto& entry : entries_) {
      if (entry.type == &type) return &entry;
    }
    return nullptr;
  }

  std::vector<Entry> entries_;  // a handful at most
};

}  // namespace coppice::net::http
