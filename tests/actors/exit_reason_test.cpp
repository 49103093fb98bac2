#include "actors/exit_reason.hpp"

#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "actors/symbolise.hpp"
#include "actors/throw_trace.hpp"

namespace coppice::actors {
namespace {

std::exception_ptr thrown(const std::function<void()>& throw_it) {
  try {
    throw_it();
  } catch (...) {
    return std::current_exception();
  }
  return {};
}

TEST(ExitReason, IsCleanOnlyWhenNormalOrShutdown) {
  using enum ExitReason::Kind;
  EXPECT_TRUE(ExitReason::normal().is_clean());
  EXPECT_TRUE(ExitReason::shutdown().is_clean());
  EXPECT_TRUE(ExitReason::shutdown("moving").is_clean());
  for (const auto kind : {killed, noproc, error, custom, init_timeout, mailbox_overflow,
                          memory_limit, abandoned, bad_return_value}) {
    EXPECT_FALSE(ExitReason::of(kind).is_clean()) << to_string(kind);
  }
}

TEST(ExitReason, ReadsWell) {
  EXPECT_EQ(ExitReason().to_string(), "normal");
  EXPECT_EQ(ExitReason::shutdown("draining").to_string(), "shutdown(draining)");
  EXPECT_EQ(ExitReason::custom("no disk").to_string(), "custom(no disk)");
  EXPECT_EQ(ExitReason::of(ExitReason::Kind::init_timeout).to_string(), "init_timeout");
}

TEST(ExitReason, ComparesKindAndText) {
  EXPECT_EQ(ExitReason::shutdown(), ExitReason::shutdown());
  EXPECT_FALSE(ExitReason::shutdown() == ExitReason::shutdown("x"));
  EXPECT_FALSE(ExitReason::custom("x") == ExitReason::shutdown("x"));
}

TEST(ExitReason, OfAnExceptionTellsItsTypeAndText) {
  const auto reason =
      reason_of(thrown([] { throw std::out_of_range("row 7"); }), "Query", {"here", "there"});
  EXPECT_EQ(reason.kind(), ExitReason::Kind::error);
  EXPECT_EQ(reason.to_string(), "error(std::out_of_range: row 7)");
  ASSERT_NE(reason.exception(), nullptr);
  EXPECT_EQ(reason.exception()->message, "Query");
  EXPECT_EQ(reason.exception()->awaiting, (std::vector<std::string>{"here", "there"}));
  EXPECT_THROW(std::rethrow_exception(reason.exception()->exception), std::out_of_range);
}

TEST(ExitReason, OfAnythingElseThatIsThrownTellsItsType) {
  EXPECT_EQ(reason_of(thrown([] { throw 42; })).to_string(), "error(int)");
  EXPECT_EQ(reason_of(thrown([] { throw std::string("x"); })).exception()->what, "");
}

TEST(ExitReason, OfAnExitExceptionIsTheReasonInIt) {
  EXPECT_EQ(reason_of(thrown([] { throw ExitException(ExitReason::shutdown("x")); })),
            ExitReason::shutdown("x"));
}

[[noreturn, gnu::noinline]] void throw_from_here() { throw std::runtime_error("x"); }

TEST(ThrowTrace, KnowsTheStackOfTheLatestThrowAndOfNoOther) {
  ThrowTrace::enable(true);
  const auto first = thrown(throw_from_here);
  EXPECT_TRUE(symbolise(ThrowTrace::of(first)).contains("throw_from_here"));
  const auto second = thrown([] { throw 1; });
  EXPECT_TRUE(ThrowTrace::of(first).empty()) << "its stack has been overwritten";
  EXPECT_FALSE(ThrowTrace::of(second).empty());
  ThrowTrace::enable(false);
  EXPECT_TRUE(ThrowTrace::of(thrown(throw_from_here)).empty());
}

TEST(Demangle, MakesTypeNamesReadable) {
  EXPECT_EQ(demangle(typeid(ExitReason).name()), "coppice::actors::ExitReason");
  EXPECT_EQ(demangle("no mangled name"), "no mangled name");
}

}  // namespace
}  // namespace coppice::actors
