#include "supervisor/port/process.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <poll.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "supervisor/port/become.hpp"
#include "supervisor/port/pidfd.hpp"

namespace coppice::supervisor::port {

using actors::Errc;
using actors::fail;
using actors::Result;

namespace {

constexpr int kPatienceWithKernelMs = 5'000;

struct Pipe {
  Descriptor reader;
  Descriptor writer;
};

std::string text_of(int error) { return std::generic_category().message(error); }

std::unexpected<actors::Error> refused(const char* what) {
  return fail(Errc::start_failed, fmt::format("{}: {}", what, text_of(errno)));
}

/// The same above the standard ones, whose numbers are free if a server was started without them.
Descriptor above_standard(Descriptor given) {
  if (!given || given.get() > STDERR_FILENO) return given;
  return Descriptor(::fcntl(given.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
}

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return refused("pipe");
  Pipe pipe{Descriptor(ends[0]), Descriptor(ends[1])};
  pipe.reader = above_standard(std::move(pipe.reader));
  pipe.writer = above_standard(std::move(pipe.writer));
  if (!pipe.reader || !pipe.writer) return refused("pipe");
  return pipe;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Keeps every signal waiting, so that the child doesn't run our handlers before they are gone from
/// it: they would write into what it still shares with us.
class SignalsHeld {
 public:
  SignalsHeld() noexcept {
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  SignalsHeld(const SignalsHeld&) = delete;
  SignalsHeld& operator=(const SignalsHeld&) = delete;
  ~SignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

pid_t fork_into(const Image& image) noexcept {
  const SignalsHeld held;
  const pid_t pid = ::fork();
  if (pid == 0) become(image);
  return pid;
}

/// What kept the child from becoming the program; nothing if it has. Waits until that is clear.
std::optional<BecomeFailure> wait_for_exec(const Descriptor& report) {
  BecomeFailure failure;
  while (true) {
    const auto size = ::read(report.get(), &failure, sizeof failure);
    if (size < 0 && errno == EINTR) continue;
    if (size == static_cast<ssize_t>(sizeof failure)) return failure;
    return std::nullopt;
  }
}

std::string text_of(const BecomeFailure& failure, const Image& image) {
  auto why = text_of(failure.error);
  switch (failure.step) {
    case BecomeStep::tie_to_parent: return fmt::format("prctl: {}", why);
    case BecomeStep::descriptors: return fmt::format("its descriptors: {}", why);
    case BecomeStep::folder: return fmt::format("its folder {}: {}", image.folder, why);
    case BecomeStep::exec: return fmt::format("{}: {}", image.program, why);
  }
  return why;
}

void wait_for(pid_t pid) noexcept {
  while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// The pidfd of a child that runs its program; a failure leaves no child behind.
Result<Descriptor> adopt(pid_t pid, const Descriptor& report, const Image& image) {
  if (const auto failure = wait_for_exec(report)) {
    wait_for(pid);
    return fail(Errc::start_failed, text_of(*failure, image));
  }
  auto end = open_pidfd(pid);
  if (end) return end;
  auto why = refused("pidfd_open");
  ::kill(-pid, SIGKILL);
  wait_for(pid);
  return why;
}

struct Running {
  pid_t pid = 0;
  Descriptor end;
  Descriptor output;
};

Result<Running> run(const Command& command) {
  const auto program = find_program(command);
  if (!program) return std::unexpected(program.error());
  auto environment = environment_of(command);
  if (!environment) return std::unexpected(std::move(environment).error());
  auto arguments = command.argv;
  const auto argv = pointers_to(arguments);
  const auto variables = pointers_to(*environment);

  const auto input = above_standard(Descriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC)));
  if (!input) return refused("/dev/null");
  auto output = make_pipe();
  if (!output) return std::unexpected(std::move(output).error());
  auto report = make_pipe();
  if (!report) return std::unexpected(std::move(report).error());
  if (::fcntl(output->reader.get(), F_SETFL, O_NONBLOCK) != 0) {
    return refused("fcntl");
  }

  const Image image{.program = program->c_str(),
                    .argv = argv.data(),
                    .environment = variables.data(),
                    .folder = command.folder.empty() ? nullptr : command.folder.c_str(),
                    .input = input.get(),
                    .output = output->writer.get(),
                    .report = report->writer.get(),
                    .parent = ::getpid()};
  const pid_t pid = fork_into(image);
  if (pid < 0) return refused("fork");
  report->writer.reset();
  auto end = adopt(pid, report->reader, image);
  if (!end) return std::unexpected(std::move(end).error());
  return Running{pid, *std::move(end), std::move(output->reader)};
}

ProcessEnd end_of(const siginfo_t& info) noexcept {
  const bool exited = info.si_code == CLD_EXITED;
  return {exited ? ProcessEnd::Kind::exited : ProcessEnd::Kind::signalled, info.si_status};
}

}  // namespace

std::string ProcessEnd::to_string() const {
  switch (kind) {
    case Kind::exited: return fmt::format("ended with exit code {}", number);
    case Kind::signalled: {
      const char* name = ::sigabbrev_np(number);
      if (name == nullptr) return fmt::format("was ended by signal {}", number);
      return fmt::format("was ended by signal {} (SIG{})", number, name);
    }
    case Kind::unknown: break;
  }
  return "ended, nobody knows how";
}

Result<Process> Process::spawn(const Command& command) {
  auto running = run(command);
  if (!running) {
    return fail(running.error().code,
                fmt::format("{} can't be started: {}", command.name(), running.error().context));
  }
  return Process(running->pid, std::move(running->end), std::move(running->output));
}

Process::Process(pid_t pid, Descriptor end, Descriptor output) noexcept
    : pid_(pid), end_(std::move(end)), output_(std::move(output)) {}

Process::~Process() {
  if (!end_) return;
  kill();
  pollfd ended{.fd = end_.get(), .events = POLLIN, .revents = 0};
  while (::poll(&ended, 1, kPatienceWithKernelMs) < 0 && errno == EINTR) {
  }
  [[maybe_unused]] const auto end = reap();
}

Result<void> Process::signal(int number) const {
  if (!end_) return fail(Errc::noproc, "the process has ended");
  if (signal_pidfd(end_, number)) return {};
  if (errno == ESRCH) return fail(Errc::noproc, "the process has ended");
  return fail(errno == EINVAL ? Errc::invalid_argument : Errc::io_error,
              fmt::format("signal {}: {}", number, text_of(errno)));
}

// The number of the group can't be another's as long as its leader has not been reaped.
void Process::kill() const noexcept {
  if (end_) ::kill(-pid_, SIGKILL);
}

std::optional<ProcessEnd> Process::reap() noexcept {
  if (!end_) return ProcessEnd{};
  const auto wait = [this](siginfo_t& info, int options) {
    return ::waitid(P_PIDFD, static_cast<id_t>(end_.get()), &info, WEXITED | WNOHANG | options);
  };
  siginfo_t info{};
  if (wait(info, WNOWAIT) == 0) {
    if (info.si_pid == 0) return std::nullopt;
    kill();
    wait(info, 0);
    end_.reset();
    return end_of(info);
  }
  // Whoever ignores SIGCHLD has its children reaped by the kernel.
  if (errno != ECHILD) return std::nullopt;
  end_.reset();
  return ProcessEnd{};
}

std::size_t Process::resident_bytes() const {
  if (!end_) return 0;
  std::ifstream pages(fmt::format("/proc/{}/statm", pid_));
  std::size_t all = 0;
  std::size_t resident = 0;
  if (!(pages >> all >> resident)) return 0;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

}  // namespace coppice::supervisor::port
