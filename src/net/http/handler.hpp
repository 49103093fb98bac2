#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>

#include "net/connections.hpp"
#include "net/http/request.hpp"
#include "net/http/response.hpp"
#include "net/io.hpp"
#include "net/stream.hpp"

namespace coppice::net::http {

/// Answers a request. An exception that leaves it is a bug: the client gets a 500 and the server's
/// on_exception hook the exception. A handler brings deadlines of its own for whatever it awaits.
using Handler = std::function<Awaitable<Response>(RequestPtr)>;

/// The same for an answer that waits for nothing, at the price of a function call. Must not keep
/// the request: the connection's next one is read into the same object.
using PlainHandler = std::function<Response(const Request&)>;

/// A connection that has left HTTP behind.
struct Upgraded {
  Stream socket;
  RequestPtr request;
  std::string already_read;  ///< Bytes that the client sent right behind its request.
  std::shared_ptr<Connections> connections;
};

/// What an upgrade has made of a connection. Lives as long as somebody wants the connection, and
/// not in a coroutine: there may be very many that are idle.
///
/// Thread: the socket's shard.
class Successor {
 public:
  /// Called once it has ended by itself, with the bug that ended it or null. It may be destroyed
  /// meanwhile.
  using OnEnd = std::move_only_function<void(std::exception_ptr)>;

  virtual ~Successor() = default;

  /// Closes the connection at once; OnEnd is not called any more. Idempotent.
  virtual void cut() noexcept = 0;

  /// What operators may see of it.
  [[nodiscard]] virtual std::string describe() const { return {}; }
};

/// Takes a connection over once the 101 has been sent. OnEnd is not called from within.
using TakeOver = std::function<std::shared_ptr<Successor>(Upgraded, Successor::OnEnd)>;

/// What an endpoint says to an upgrade request.
struct UpgradeAnswer {
  /// 101 to go ahead; anything else is an ordinary answer, and the connection stays with HTTP.
  Response response;
  TakeOver take_over;
};

/// Decides about an upgrade. Called for each method, since some endpoints have to refuse the others
/// with a status of their own.
using UpgradeHandler = std::function<Awaitable<UpgradeAnswer>(RequestPtr)>;

}  // namespace coppice::net::http
