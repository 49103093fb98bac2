#pragma once

#include <cstdint>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actors/pid.hpp"
#include "actors/result.hpp"
#include "actors/type_tag.hpp"

namespace coppice::actors {

/// Names for actors: unique names with one owner, and groups with many members.
///
/// The runtime removes an actor from both before anyone can observe its death, so whoever has seen
/// a Down finds the name free. Resolution happens at every send: a name means its next owner after
/// a restart.
///
/// Thread: any.
class Registry {
 public:
  struct Entry {
    Pid pid;
    const TypeTag* type = nullptr;
  };

  /// Errors: already_registered, with the owner in the context.
  [[nodiscard]] Result<void> add_name(const std::string& name, Entry owner);
  void remove_name(const std::string& name, Pid owner);

  /// The owner of @p name; the null Pid if there is none.
  [[nodiscard]] Entry find(std::string_view name) const;

  /// Adds @p member to @p group; once, however often it is called.
  void join(const std::string& group, Entry member);
  void leave(const std::string& group, Pid member);

  /// Takes @p owner out of every name and group.
  void forget(Pid owner);

  /// In the order in which they joined.
  [[nodiscard]] std::vector<Entry> members(std::string_view group) const;

  [[nodiscard]] std::vector<std::pair<std::string, Pid>> names() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <class Value>
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  mutable std::shared_mutex mutex_;  // guards what follows
  Map<Entry> names_;
  Map<std::vector<Entry>> groups_;
};

}  // namespace coppice::actors
