#pragma once

#include <memory>
#include <string>

#include "actors/server.hpp"
#include "app/crashes/part_crashes.hpp"
#include "net/http/router.hpp"
#include "net/http/session.hpp"
#include "net/unix_listener.hpp"

namespace coppice::app::admin {

/// Serves operators over a Unix socket. On a thread of its own, so that it answers while every
/// shard is stuck.
class AdminActor final : public actors::Server<AdminActor> {
 public:
  /// @param crashes  Is told what the router's handlers throw.
  AdminActor(std::string socket_path, std::shared_ptr<const net::http::Router> router,
             crashes::PartCrashesPtr crashes);

  /// Fails with the reason if the socket can't be used.
  actors::Init init();
  void terminate(const actors::ExitReason& reason);

  /// An operator's connection, or that of somebody who is none.
  struct Accepted {
    std::shared_ptr<net::Socket> socket;
    net::UnixPeer peer;
  };
  void handle(const Accepted& accepted);

  [[nodiscard]] std::string describe() const override;

 private:
  actors::Task<void> accept(net::UnixAcceptor acceptor);

  const std::string socket_path_;
  const std::shared_ptr<const net::http::Router> router_;
  const crashes::PartCrashesPtr crashes_;
  std::shared_ptr<const net::http::Server> server_;
  std::shared_ptr<const net::http::Server> refusing_;  // what strangers get
  net::Peer peer_;                                     // whoever it is, for the log
};

}  // namespace coppice::app::admin
