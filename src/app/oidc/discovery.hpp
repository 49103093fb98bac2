#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/result.hpp"
#include "actors/task.hpp"

namespace coppice::app::oidc {

/// What a provider says about itself.
struct Metadata {
  std::string authorization_endpoint;
  std::string token_endpoint;
  std::string userinfo_endpoint;  ///< May be empty.
  std::string jwks_uri;
  bool takes_basic = true;  ///< Our credentials in a header; else in the form.
};
using MetadataPtr = std::shared_ptr<const Metadata>;

/// Finds out what a provider says about itself, and keeps it for an hour. One asks at a time,
/// whoever else wants to know waits for that answer without holding a thread; and for five seconds
/// after a failure nobody asks again. So a provider that says nothing keeps one thread of
/// actors::blocking() busy, however many want to sign in. What it said before does as long as there
/// is nothing newer.
///
/// A cheap handle: copies share what is known. Thread: any.
class Discovery {
 public:
  /// Asks the provider: blocks, on a thread of actors::blocking().
  using Ask = std::function<actors::Result<Metadata>()>;

  /// @param name  For the log, which is told of each failure once.
  Discovery(std::string name, Ask ask);

  /// @param headers  For the provider, if it is asked, beside others.
  /// Errors: unavailable, also for a while after a failure; those of actors::blocking().
  /// Thread: an actor's coroutine.
  [[nodiscard]] actors::Task<actors::Result<MetadataPtr>> metadata(
      std::vector<std::string> headers) const;

 private:
  class Shared;
  class Asking;
  class Answer;

  static actors::Task<actors::Result<MetadataPtr>> find(std::shared_ptr<Shared> shared,
                                                        std::vector<std::string> headers);

  std::shared_ptr<Shared> shared_;
};

}  // namespace coppice::app::oidc
