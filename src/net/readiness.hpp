#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <sys/epoll.h>
#include <vector>

#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "net/io.hpp"

namespace coppice::net {

/// Tells the connections of one shard when their sockets can be read or written.
///
/// Asio's async_wait() is made for one wait at a time: each takes an operation of a hundred bytes,
/// a record of the socket twice as large, and an epoll_ctl() to be told of what has come already.
/// Connections that wait nearly always, for input that may come at any time, are watched here
/// instead: by an epoll of our own, level-triggered, which Asio watches in turn.
///
/// Thread: its shard.
class Readiness : public std::enable_shared_from_this<Readiness> {
 public:
  /// Who waits for a socket.
  class Watcher {
   public:
    /// It can be read or written, or has failed; both may be tried. Called again for as long as
    /// what is wanted is the case. May forget() any watcher. Must not throw.
    virtual void on_ready() = 0;

   protected:
    ~Watcher() = default;
  };

  /// What is waited for.
  struct Interest {
    bool readable = true;
    bool writable = false;
    friend bool operator==(Interest, Interest) noexcept = default;
  };

  [[nodiscard]] static std::shared_ptr<Readiness> make(const Executor& executor);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// Watches a socket until forget(). Throws std::system_error if the kernel has no room for it.
  void watch(int socket, Watcher& watcher, Interest interest);
  /// Changes what is waited for.
  void change(int socket, Watcher& watcher, Interest interest) noexcept;
  /// The socket must still be open. The watcher is not called any more.
  void forget(int socket, Watcher& watcher) noexcept;

  /// Calls the watcher once more, whatever its socket says, after others have had their turn.
  void again(Watcher& watcher);

 private:
  explicit Readiness(const Executor& executor);

  [[nodiscard]] int control(int operation, int socket, Watcher& watcher,
                            Interest interest) noexcept;
  void wait();
  void tell_ready();
  void tell_again_later();
  void tell_again();

  boost::asio::posix::basic_stream_descriptor<Executor> epoll_;
  bool waiting_ = false;
  std::span<epoll_event> telling_;  // the events that are being told
  std::vector<Watcher*> again_;
  bool telling_again_ = false;
};

}  // namespace coppice::net
