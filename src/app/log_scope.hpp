#pragma once

#include <string_view>

namespace coppice::app {

/// What the lines of this thread are about, while it lives, where they can't tell by themselves:
/// which folder they come from, which actor and request they are about.
///
/// Only around plain code: never across a co_await.
class LogScope {
 public:
  struct About {
    std::string_view folder{};  ///< Empty: that of the source.
    std::string_view actor{};   ///< Empty: the one that runs.
    std::string_view request_id{};
    bool is_reported = false;  ///< What they tell is reported in another way, or must not be.
  };

  /// What @p about views must outlive it.
  explicit LogScope(About about) noexcept;
  LogScope(const LogScope&) = delete;
  LogScope& operator=(const LogScope&) = delete;
  ~LogScope();

  /// That of the calling thread.
  [[nodiscard]] static About current() noexcept;

 private:
  const About outer_;
};

}  // namespace coppice::app
