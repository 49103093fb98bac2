#include "supervisor/port/process.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sstream>
#include <string>
#include <unistd.h>
#include <vector>

#include <gtest/gtest.h>

#include "supervisor/port/children.hpp"
#include "supervisor/port/pidfd.hpp"

namespace coppice::supervisor::port {
namespace {

using actors::Errc;

/// What the process writes until nobody can write any more.
std::string output_of(const Process& process) {
  std::string text;
  std::array<char, 512> buffer{};
  while (readable(process.output_descriptor())) {
    const auto size = ::read(process.output_descriptor(), buffer.data(), buffer.size());
    if (size <= 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

/// The first line that it writes, as a number.
int number_from(const Process& process) {
  std::string text;
  char byte = 0;
  while (readable(process.output_descriptor()) &&
         ::read(process.output_descriptor(), &byte, 1) == 1 && byte != '\n') {
    text += byte;
  }
  return std::stoi(text);
}

std::optional<ProcessEnd> end_of(Process& process) {
  if (!readable(process.end_descriptor())) return std::nullopt;
  return process.reap();
}

class ProcessTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_TRUE(has_no_children()); }

  static Process spawn(const Command& command) {
    auto process = Process::spawn(command);
    if (!process) throw std::runtime_error(process.error().message());
    return std::move(*process);
  }
  static std::string said(const Command& command) {
    auto process = spawn(command);
    auto text = output_of(process);
    EXPECT_TRUE(end_of(process));
    return text;
  }
};

TEST_F(ProcessTest, TellsWithWhatExitCodeItEnded) {
  auto process = spawn(shell("exit 3"));
  const auto end = end_of(process);
  EXPECT_EQ(end, (ProcessEnd{ProcessEnd::Kind::exited, 3}));
  EXPECT_EQ(end->to_string(), "ended with exit code 3");
}

TEST_F(ProcessTest, TellsByWhatSignalItWasEnded) {
  auto process = spawn(shell("kill -9 $$"));
  const auto end = end_of(process);
  EXPECT_EQ(end, (ProcessEnd{ProcessEnd::Kind::signalled, SIGKILL}));
  EXPECT_EQ(end->to_string(), "was ended by signal 9 (SIGKILL)");
}

TEST_F(ProcessTest, HasNotEndedWhileItRuns) {
  auto process = spawn({.argv = {"sleep", "1000"}});
  EXPECT_EQ(process.reap(), std::nullopt);
  EXPECT_GT(process.resident_bytes(), 0U);
}

TEST_F(ProcessTest, EndsWithItsOwner) {
  std::optional<Process> process(spawn(shell("trap '' TERM INT HUP; echo up; exec sleep 1000")));
  const auto end = open_pidfd(process->pid());
  process.reset();
  EXPECT_TRUE(has_no_children());
}

TEST_F(ProcessTest, TakesWhatItHasStartedWithIt) {
  auto process = spawn(shell("sleep 1000 & echo $!; wait"));
  const auto grandchild = open_pidfd(number_from(process));
  ASSERT_TRUE(grandchild);
  process.kill();
  EXPECT_TRUE(end_of(process));
  EXPECT_TRUE(readable(grandchild.get()));
}

TEST_F(ProcessTest, LeavesNobodyBehindWhenItEndsByItself) {
  auto process = spawn(shell("trap 'exit 0' TERM; sleep 1000 & echo $!; wait"));
  const auto grandchild = open_pidfd(number_from(process));
  ASSERT_TRUE(grandchild);
  EXPECT_TRUE(process.signal(SIGTERM));
  EXPECT_EQ(end_of(process), (ProcessEnd{ProcessEnd::Kind::exited, 0}));
  EXPECT_TRUE(readable(grandchild.get()));
}

TEST_F(ProcessTest, SignalsTheProcess) {
  auto process = spawn({.argv = {"sleep", "1000"}});
  EXPECT_EQ(process.signal(4'711).error(), Errc::invalid_argument);
  EXPECT_TRUE(process.signal(SIGTERM));
  EXPECT_EQ(end_of(process), (ProcessEnd{ProcessEnd::Kind::signalled, SIGTERM}));
  EXPECT_EQ(process.signal(SIGTERM).error(), Errc::noproc);
}

TEST_F(ProcessTest, CantBeStartedWithoutItsProgram) {
  const auto process = Process::spawn({.argv = {"/no/such/program"}});
  ASSERT_EQ(process.error(), Errc::start_failed);
  EXPECT_EQ(process.error().context,
            "program can't be started: /no/such/program: No such file or directory");
}

TEST_F(ProcessTest, CantBeStartedFromAFileThatIsNoProgram) {
  const auto process = Process::spawn({.argv = {COPPICE_SOURCE_DIR}});
  ASSERT_EQ(process.error(), Errc::start_failed);
  EXPECT_TRUE(process.error().context.ends_with("Permission denied")) << process.error().context;
}

TEST_F(ProcessTest, CantBeStartedInAFolderThatIsNotThere) {
  const auto process = Process::spawn({.argv = {"sh"}, .folder = "/no/such/folder"});
  ASSERT_EQ(process.error(), Errc::start_failed);
  EXPECT_EQ(process.error().context,
            "sh can't be started: its folder /no/such/folder: No such file or directory");
}

TEST_F(ProcessTest, RunsInItsFolderWithItsEnvironment) {
  auto command = shell("pwd; echo $GREETING");
  command.folder = "/proc/sys";
  command.environment = {"GREETING=hello"};
  EXPECT_EQ(said(command), "/proc/sys\nhello\n");
}

TEST_F(ProcessTest, HasNothingToReadAndWritesBothOutputsIntoOne) {
  EXPECT_EQ(said(shell("cat; echo one; echo two >&2")), "one\ntwo\n");
}

TEST_F(ProcessTest, InheritsNoDescriptor) {
  const Descriptor ours(::open("/dev/null", O_RDONLY));  // NOLINT(android-cloexec-open): the point
  const Descriptor high(::dup2(ours.get(), 100));
  std::istringstream numbers(said({.argv = {"ls", "/proc/self/fd"}}));
  std::vector<std::string> seen(std::istream_iterator<std::string>{numbers}, {});
  EXPECT_EQ(seen, (std::vector<std::string>{"0", "1", "2", "3"}));  // 3 is the folder it lists
}

TEST_F(ProcessTest, LeadsAGroupOfItsOwn) {
  const auto process = spawn({.argv = {"sleep", "1000"}});
  EXPECT_EQ(::getpgid(process.pid()), process.pid());
  EXPECT_NE(::getpgid(process.pid()), ::getpgrp());
}

TEST_F(ProcessTest, BeginsWithTheUsualSignals) {
  const auto before = ::signal(SIGHUP, SIG_IGN);
  sigset_t term;
  ::sigemptyset(&term);
  ::sigaddset(&term, SIGTERM);
  ::pthread_sigmask(SIG_BLOCK, &term, nullptr);
  const auto text = said({.argv = {"grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"}});
  ::pthread_sigmask(SIG_UNBLOCK, &term, nullptr);
  ::signal(SIGHUP, before);
  EXPECT_EQ(text, "SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n");
}

/// A process that starts another, writes its number into @p report, and waits to be killed.
[[noreturn]] void be_parent(int report) {
  const auto process = Process::spawn({.argv = {"sleep", "1000"}});
  const pid_t pid = process ? process->pid() : -1;
  if (::write(report, &pid, sizeof pid) < 0) ::_exit(1);
  while (true) ::pause();
}

TEST_F(ProcessTest, EndsWithAParentThatIsKilled) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const Descriptor reader(ends[0]);
  const Descriptor writer(ends[1]);
  const pid_t parent = ::fork();
  if (parent == 0) be_parent(writer.get());
  pid_t pid = -1;
  ASSERT_TRUE(readable(reader.get()));
  ASSERT_EQ(::read(reader.get(), &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  const auto process = open_pidfd(pid);
  ASSERT_TRUE(process);
  ::kill(parent, SIGKILL);
  EXPECT_TRUE(readable(process.get()));
  EXPECT_EQ(::waitpid(parent, nullptr, 0), parent);
}

}  // namespace
}  // namespace coppice::supervisor::port
