#include "app/crashes/fatal_signals.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <ctime>
#include <execinfo.h>
#include <memory>
#include <span>
#include <string_view>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#include <boost/asio/post.hpp>

#include "actors/shard.hpp"
#include "app/crashes/modules.hpp"
#include "app/crashes/signal_writer.hpp"

namespace coppice::app::crashes {
namespace {

constexpr std::array kFatalSignals = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr std::size_t kMostTracedFrames = 64;
constexpr std::size_t kSignalStackBytes = std::size_t{64} * 1024;
constexpr unsigned kMostSeconds = 5;

/// What the handler needs. Constant once the handlers are there, so that it needs no lock.
struct Prepared {
  std::string file_prefix;  // "/tmp/crashes/coppice-"
  std::string facts;        // lines that are the same for each
  std::vector<Module> modules;
  std::shared_ptr<const std::atomic<unsigned>> log_holders;
};
const Prepared* prepared = nullptr;
std::atomic_flag reported;

std::uintptr_t program_counter(const void* context) noexcept {
  const auto* machine = &static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  return static_cast<std::uintptr_t>(machine->gregs[REG_RIP]);
#elif defined(__aarch64__)
  return static_cast<std::uintptr_t>(machine->pc);
#else
  static_cast<void>(machine);
  return 0;
#endif
}

void write_frame(SignalWriter& out, std::uintptr_t address) noexcept {
  for (const auto& module : prepared->modules) {
    if (address < module.begin || address >= module.end) continue;
    out.text("frame ").hex(address - module.base).text(" ").text(module.path).text("\n");
    return;
  }
  out.text("frame ").hex(address).text(" ?\n");
}

/// Of an actor, what it was at; types are static strings, so there is nothing to be locked.
void write_actor(SignalWriter& out) noexcept {
  const auto* shard = actors::Shard::current();
  if (shard == nullptr) return;
  const auto& activity = shard->activity();
  if (activity.pid.load(std::memory_order_relaxed) == 0) return;
  const auto* actor = activity.actor_type.load(std::memory_order_relaxed);
  const auto* message = activity.message_type.load(std::memory_order_relaxed);
  if (actor != nullptr) out.text("actor ").text(actor->name).text("\n");
  if (message != nullptr) out.text("message ").text(message->name).text("\n");
}

void write_facts(SignalWriter& out, int signal, const siginfo_t& info) noexcept {
  out.text("coppice-crash 1\nsignal ").number(static_cast<std::uint64_t>(signal));
  if (info.si_code <= 0) {
    out.text("\nsender ").number(static_cast<std::uint64_t>(info.si_pid));
  } else {
    out.text("\ncode ").number(static_cast<std::uint64_t>(info.si_code));
    out.text("\naddress ").hex(reinterpret_cast<std::uintptr_t>(info.si_addr));
  }
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  out.text("\ntime ").number(static_cast<std::uint64_t>(now.tv_sec));
  out.text("\nprocess ").number(static_cast<std::uint64_t>(getpid()));
  out.text("\nthread ").number(static_cast<std::uint64_t>(syscall(SYS_gettid))).text("\n");
  out.text(prepared->facts);
  write_actor(out);
}

/// The frames of who was interrupted: those of the handler come before.
void write_callers(SignalWriter& out, std::uintptr_t where) noexcept {
  std::array<void*, kMostTracedFrames> frames{};
  const int count = backtrace(frames.data(), static_cast<int>(frames.size()));
  const std::span all(frames.data(), static_cast<std::size_t>(std::max(count, 0)));
  const auto is_where = [where](const void* frame) {
    return reinterpret_cast<std::uintptr_t>(frame) == where;
  };
  auto first = std::ranges::find_if(all, is_where);
  if (first != all.end()) ++first;
  if (first == all.end()) first = all.begin();
  for (; first != all.end(); ++first) write_frame(out, reinterpret_cast<std::uintptr_t>(*first));
}

void write_report(int signal, const siginfo_t& info, const void* context) noexcept {
  SignalWriter out(prepared->file_prefix);
  write_facts(out, signal, info);
  const auto where = program_counter(context);
  write_frame(out, where);
  // What is known so far stays, whatever the unwinder makes of a broken stack: crashing, it is
  // ended by the kernel, as all fatal signals are blocked now; stuck, by the alarm.
  out.flush();
  alarm(kMostSeconds);
  write_callers(out, where);
  out.text("end\n").flush();
  alarm(0);
}

/// The log's own thread goes on meanwhile; unless it is the one that was interrupted, or waits for
/// it.
void await_log() noexcept {
  constexpr timespec kLook{.tv_sec = 0, .tv_nsec = 2'000'000};
  constexpr int kMostLooks = 500;
  const auto* holders = prepared->log_holders.get();
  for (int i = 0; holders != nullptr && *holders > 0 && i < kMostLooks; ++i) {
    nanosleep(&kLook, nullptr);
  }
}

/// As it would have ended without us.
void end_with(int signal, const siginfo_t& info) noexcept {
  // The first process of a container is not ended by what it sends itself, nor by an alarm.
  constexpr pid_t kInit = 1;
  constexpr int kStatusOfSignals = 128;  // as shells have it
  if (getpid() == kInit) _exit(kStatusOfSignals + signal);
  struct sigaction fallback{};
  fallback.sa_handler = SIG_DFL;
  for (const int each : kFatalSignals) sigaction(each, &fallback, nullptr);
  // What the processor raised it raises again when the instruction is repeated; what somebody sent
  // is sent again, and comes when the handler returns.
  if (info.si_code <= 0) syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), signal);
}

void on_fatal_signal(int signal, siginfo_t* info, void* context) {
  const int saved_errno = errno;
  if (reported.test_and_set()) {
    for (;;) pause();  // another thread reports, and ends us all
  }
  write_report(signal, *info, context);
  await_log();
  end_with(signal, *info);
  errno = saved_errno;
}

std::string one_line(std::string text) {
  std::ranges::replace(text, '\n', '?');
  return text;
}

bool catch_signal(int signal) {
  struct sigaction before{};
  if (sigaction(signal, nullptr, &before) != 0) return false;
  const bool is_taken = (before.sa_flags & SA_SIGINFO) != 0 || before.sa_handler != SIG_DFL;
  if (is_taken) return false;
  struct sigaction action{};
  action.sa_sigaction = on_fatal_signal;
  action.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&action.sa_mask);
  for (const int other : kFatalSignals) sigaddset(&action.sa_mask, other);
  return sigaction(signal, &action, nullptr) == 0;
}

/// A thread's stack for signal handlers, for as long as the thread.
class SignalStack {
 public:
  SignalStack() {
    stack_t given{};
    if (sigaltstack(nullptr, &given) != 0 || (given.ss_flags & SS_DISABLE) == 0) return;
    memory_ = std::make_unique<std::byte[]>(kSignalStackBytes);  // NOLINT(*-avoid-c-arrays)
    stack_t stack{};
    stack.ss_sp = memory_.get();
    stack.ss_size = kSignalStackBytes;
    if (sigaltstack(&stack, nullptr) != 0) memory_.reset();
  }
  SignalStack(const SignalStack&) = delete;
  SignalStack& operator=(const SignalStack&) = delete;
  ~SignalStack() {
    if (!memory_) return;
    stack_t none{};
    none.ss_flags = SS_DISABLE;
    sigaltstack(&none, nullptr);
  }

 private:
  std::unique_ptr<std::byte[]> memory_;  // NOLINT(*-avoid-c-arrays): that many bytes, no more
};

void give_signal_stack() { thread_local const SignalStack stack; }

}  // namespace

bool catch_fatal_signals(const ReportSettings& settings) {
  std::array<void*, 1> warm_up{};
  backtrace(warm_up.data(), 1);  // loads libgcc now, not in the handler
  // As long as the process: a signal may come at any moment.
  // So it is never destroyed.
  static const auto& facts =
      *std::make_unique<const Prepared>(
           Prepared{.file_prefix = settings.folder + "/coppice-",
                    .facts = "version " + one_line(settings.version) + "\nbuild " + own_build_id() +
                             "\ndatabase " + one_line(settings.database) + "\n",
                    .modules = loaded_modules(),
                    .log_holders = settings.log_holders})
           .release();
  prepared = &facts;
  return std::ranges::count_if(kFatalSignals, catch_signal) == std::ssize(kFatalSignals);
}

void give_signal_stacks(actors::Runtime& runtime) {
  give_signal_stack();
  for (auto* shard : runtime.all_shards()) boost::asio::post(shard->io(), give_signal_stack);
}

}  // namespace coppice::app::crashes
