#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "actors/result.hpp"
#include "app/tracing/scoped_span.hpp"
#include "db/arrivals.hpp"
#include "db/position.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"

/// A client's GET that one node has another answer.
namespace coppice::app::nodes {

struct SentHeader {
  std::string name;
  std::string value;

  auto fields(this auto& self) { return std::tie(self.name, self.value); }
};

struct SentRead {
  std::string target;  ///< In origin form, whatever the client's was.
  std::vector<SentHeader> headers;
  std::string client;       ///< Who asked, as his own node knows.
  std::int64_t secure = 0;  ///< Whether he did by HTTPS.
  std::string id;           ///< The request's, for logs.
  std::int64_t epoch = 0;   ///< Of the position that the answer has to have.
  std::int64_t sequence = 0;

  auto fields(this auto& self) {
    return std::tie(self.target, self.headers, self.client, self.secure, self.id, self.epoch,
                    self.sequence);
  }
};

struct SentAnswer {
  std::int64_t status = 0;
  std::vector<SentHeader> headers;
  std::string body;
  /// What has become of the position. Where it is missing, that is all there is to say.
  db::Arrival arrival = db::Arrival::missing;

  auto fields(this auto& self) {
    return std::tie(self.status, self.headers, self.body, self.arrival);
  }
};

/// All but what concerns the connection that it came by.
/// @param trail  What waits for the answer, in place of the client's own trace; null without one.
[[nodiscard]] SentRead to_sent(const net::http::Request& request, db::Position position,
                               const tracing::TrailPtr& trail);
/// As it was, marked as AskedByNode. Errors: malformed.
[[nodiscard]] actors::Result<std::shared_ptr<net::http::Request>> from_sent(const SentRead& sent);

/// Errors: unsupported for an answer that is not in memory.
[[nodiscard]] actors::Result<SentAnswer> to_sent(const net::http::Response& response,
                                                 db::Arrival arrival);
[[nodiscard]] net::http::Response from_sent(SentAnswer sent);

}  // namespace coppice::app::nodes
