#include "app/cluster/nats_wire.hpp"

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nats/nats.h>

namespace coppice::app::cluster {
namespace {

using actors::Errc;
using actors::fail;
using actors::Result;

constexpr std::int64_t kConnectMs = 2000;
constexpr std::int64_t kReconnectMs = 500;
constexpr std::int64_t kWriteMs = 2000;
constexpr std::int64_t kFlushMs = 150;
// A server that has gone without a word is noticed after two of them.
constexpr std::int64_t kPingMs = 5000;
constexpr int kPingsUnanswered = 2;
constexpr int kKeptBytes = 4 << 20;  // While there is no connection.
constexpr int kMostPending = 1 << 16;
constexpr int kMostPendingBytes = 64 << 20;

struct Destroy {
  void operator()(natsOptions* options) const { natsOptions_Destroy(options); }
  void operator()(natsConnection* connection) const { natsConnection_Destroy(connection); }
  void operator()(natsSubscription* subscription) const { natsSubscription_Destroy(subscription); }
  void operator()(natsMsg* message) const { natsMsg_Destroy(message); }
};
using Options = std::unique_ptr<natsOptions, Destroy>;
using Connection = std::unique_ptr<natsConnection, Destroy>;
using Subscription = std::unique_ptr<natsSubscription, Destroy>;
using Message = std::unique_ptr<natsMsg, Destroy>;

/// The first failure of several calls.
class Steps {
 public:
  Steps& operator<<(natsStatus status) {
    if (status_ == NATS_OK) status_ = status;
    return *this;
  }
  [[nodiscard]] natsStatus status() const noexcept { return status_; }

 private:
  natsStatus status_ = NATS_OK;
};

actors::Error error_of(natsStatus status) {
  natsStatus last = NATS_OK;
  const char* detail = nats_GetLastError(&last);
  const bool is_of_this = detail != nullptr && last == status && *detail != '\0';
  const auto code = status == NATS_INSUFFICIENT_BUFFER || status == NATS_SLOW_CONSUMER
                        ? Errc::overloaded
                        : Errc::unavailable;
  return {code, fmt::format("NATS: {}", is_of_this ? detail : natsStatus_GetText(status))};
}

Result<Options> make_options(const NatsAddress& address, const std::string& name) {
  natsOptions* made = nullptr;
  Steps steps;
  steps << natsOptions_Create(&made);
  Options options(made);
  if (!options) return std::unexpected(error_of(steps.status()));
  steps << natsOptions_SetURL(made, address.url.c_str()) << natsOptions_SetName(made, name.c_str())
        << natsOptions_SetTimeout(made, kConnectMs) << natsOptions_SetWriteDeadline(made, kWriteMs)
        << natsOptions_SetNoEcho(made, true) << natsOptions_SetPingInterval(made, kPingMs)
        << natsOptions_SetMaxPingsOut(made, kPingsUnanswered)
        << natsOptions_SetMaxReconnect(made, -1) << natsOptions_SetReconnectWait(made, kReconnectMs)
        << natsOptions_SetReconnectBufSize(made, kKeptBytes)
        << natsOptions_SetMaxPendingMsgs(made, kMostPending);
  if (!address.token.empty()) steps << natsOptions_SetToken(made, address.token.c_str());
  if (address.url.starts_with("tls://")) steps << natsOptions_SetSecure(made, true);
  if (steps.status() != NATS_OK) return std::unexpected(error_of(steps.status()));
  return options;
}

/// Waits for calls that are to come once each.
class Awaited {
 public:
  void expect() {
    const std::lock_guard lock(mutex_);
    ++left_;
  }
  void came() {
    const std::lock_guard lock(mutex_);
    if (--left_ == 0) none_left_.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex_);
    none_left_.wait(lock, [this] { return left_ == 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable none_left_;
  int left_ = 0;  // Guarded by the mutex.
};

class NatsWire final : public Wire {
 public:
  explicit NatsWire(WireEvents events) : events_(std::move(events)) {}
  NatsWire(const NatsWire&) = delete;
  NatsWire& operator=(const NatsWire&) = delete;
  // The library's threads may call until they have said that they will not any more.
  ~NatsWire() override {
    flush();
    is_closing_ = true;
    subscriptions_.clear();
    if (connection_) natsConnection_Close(connection_.get());
    last_calls_.wait();
  }

  Result<void> open(const NatsAddress& address, const std::string& name,
                    const std::vector<std::string>& subjects) {
    auto options = make_options(address, name);
    if (!options) return std::unexpected(options.error());
    natsOptions* given = options->get();
    Steps steps;
    // All that arrives comes on one thread, in the order in which it was sent.
    steps << natsOptions_UseGlobalMessageDelivery(given, true)
          << natsOptions_SetDisconnectedCB(given, &on_disconnected, this)
          << natsOptions_SetReconnectedCB(given, &on_connected, this)
          << natsOptions_SetRetryOnFailedConnect(given, true, &on_connected, this)
          << natsOptions_SetErrorHandler(given, &on_error, this)
          << natsOptions_SetClosedCB(given, &on_closed, this);
    if (steps.status() != NATS_OK) return std::unexpected(error_of(steps.status()));
    return connect(given, subjects);
  }

  Result<void> publish(const std::string& subject, std::string_view bytes) override {
    const auto status = natsConnection_Publish(connection_.get(), subject.c_str(), bytes.data(),
                                               static_cast<int>(bytes.size()));
    if (status != NATS_OK) return std::unexpected(error_of(status));
    return {};
  }

  // The server answers a ping when it has read what came before, and has passed that on when it
  // reads what comes next.
  void flush() override {
    if (!connection_ || !is_connected()) return;
    for (int pings = 0; pings < 2; ++pings) {
      natsConnection_FlushTimeout(connection_.get(), kFlushMs);
    }
  }

  [[nodiscard]] bool is_connected() const override { return is_up(connection_.get()); }

  // The library gives up a server that has refused it twice.
  [[nodiscard]] std::optional<std::string> given_up() const override {
    if (!natsConnection_IsClosed(connection_.get())) return std::nullopt;
    return reason_of(connection_.get());
  }

 private:
  Result<void> connect(natsOptions* options, const std::vector<std::string>& subjects) {
    natsConnection* connection = nullptr;
    const auto status = natsConnection_Connect(&connection, options);
    connection_.reset(connection);
    if (status != NATS_OK && status != NATS_NOT_YET_CONNECTED) {
      return std::unexpected(error_of(status));
    }
    last_calls_.expect();
    for (const auto& subject : subjects) {
      natsSubscription* subscription = nullptr;
      Steps steps;
      steps << natsConnection_Subscribe(&subscription, connection, subject.c_str(), &on_message,
                                        this);
      Subscription kept(subscription);
      if (kept) {
        const auto awaits = natsSubscription_SetOnCompleteCB(subscription, &on_complete, this);
        if (awaits == NATS_OK) last_calls_.expect();
        steps << awaits
              << natsSubscription_SetPendingLimits(subscription, kMostPending, kMostPendingBytes);
      }
      // Closed meanwhile, by a server that refuses this node: given_up() says so.
      if (natsConnection_IsClosed(connection)) return {};
      if (steps.status() != NATS_OK) return std::unexpected(error_of(steps.status()));
      subscriptions_.push_back(std::move(kept));
    }
    if (status == NATS_OK) events_.changed(true, "connected");
    return {};
  }

  static NatsWire& from(void* closure) { return *static_cast<NatsWire*>(closure); }

  static void on_message(natsConnection* /*connection*/, natsSubscription* /*subscription*/,
                         natsMsg* message, void* closure) {
    const Message owned(message);
    const auto size = static_cast<std::size_t>(natsMsg_GetDataLength(message));
    from(closure).events_.received(natsMsg_GetSubject(message),
                                   std::string_view(natsMsg_GetData(message), size));
  }

  static void on_connected(natsConnection* /*connection*/, void* closure) {
    from(closure).events_.changed(true, "connected");
  }

  static void on_disconnected(natsConnection* connection, void* closure) {
    const NatsWire& wire = from(closure);
    if (!wire.is_closing_) wire.events_.changed(false, reason_of(connection));
  }

  static std::string reason_of(natsConnection* connection) {
    const char* why = nullptr;
    natsConnection_GetLastError(connection, &why);
    const bool is_said = why != nullptr && *why != '\0';
    return is_said ? why : "the connection has been lost";
  }

  static void on_error(natsConnection* connection, natsSubscription* /*subscription*/,
                       natsStatus status, void* closure) {
    from(closure).events_.changed(is_up(connection), natsStatus_GetText(status));
  }

  static bool is_up(natsConnection* connection) {
    return natsConnection_Status(connection) == NATS_CONN_STATUS_CONNECTED;
  }

  static void on_closed(natsConnection* /*connection*/, void* closure) {
    from(closure).last_calls_.came();
  }

  static void on_complete(void* closure) { from(closure).last_calls_.came(); }

  const WireEvents events_;
  Awaited last_calls_;
  std::atomic<bool> is_closing_{false};
  Connection connection_;
  std::vector<Subscription> subscriptions_;
};

}  // namespace

OpenWire open_nats(std::function<Result<NatsAddress>()> address, std::string name) {
  return
      [address = std::move(address), name = std::move(name)](
          std::vector<std::string> subjects, WireEvents events) -> Result<std::unique_ptr<Wire>> {
        const auto where = address();
        if (!where) return std::unexpected(where.error());
        auto wire = std::make_unique<NatsWire>(std::move(events));
        if (auto opened = wire->open(*where, name, subjects); !opened) {
          return std::unexpected(opened.error());
        }
        return wire;
      };
}

Result<void> ping_nats(const NatsAddress& address) {
  const auto options = make_options(address, "coppice health");
  if (!options) return std::unexpected(options.error());
  natsConnection* made = nullptr;
  natsOptions_SetAllowReconnect(options->get(), false);
  const auto status = natsConnection_Connect(&made, options->get());
  const Connection connection(made);
  if (status != NATS_OK) return std::unexpected(error_of(status));
  return {};
}

}  // namespace coppice::app::cluster
