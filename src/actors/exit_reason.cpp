#include "actors/exit_reason.hpp"

#include <cxxabi.h>
#include <typeinfo>
#include <utility>

#include "actors/pid.hpp"
#include "actors/symbolise.hpp"
#include "actors/throw_trace.hpp"

namespace coppice::actors {

std::string to_string(Pid pid) {
  if (!pid) return "<none>";
  return "<" + std::to_string(pid.shard()) + "." + std::to_string(pid.slot()) + "." +
         std::to_string(pid.generation()) + ">";
}

std::string ExceptionInfo::symbolised_stack() const { return symbolise(stack); }

ExitReason::ExitReason(Kind kind, std::string text)
    : kind_(kind), detail_(std::make_shared<const Detail>(Detail{std::move(text), nullptr})) {}

ExitReason ExitReason::error(ExceptionInfo info) {
  ExitReason reason(Kind::error);
  std::string text = info.what.empty() ? info.type : info.type + ": " + info.what;
  reason.detail_ = std::make_shared<const Detail>(
      Detail{std::move(text), std::make_unique<ExceptionInfo>(std::move(info))});
  return reason;
}

std::string_view ExitReason::text() const noexcept {
  return detail_ ? std::string_view(detail_->text) : std::string_view();
}

const ExceptionInfo* ExitReason::exception() const noexcept {
  return detail_ ? detail_->exception.get() : nullptr;
}

std::string ExitReason::to_string() const {
  std::string out(actors::to_string(kind_));
  if (!text().empty()) out += "(" + std::string(text()) + ")";
  return out;
}

bool operator==(const ExitReason& a, const ExitReason& b) noexcept {
  return a.kind_ == b.kind_ && a.text() == b.text();
}

std::string_view to_string(ExitReason::Kind kind) noexcept {
  using enum ExitReason::Kind;
  switch (kind) {
    case normal: return "normal";
    case shutdown: return "shutdown";
    case killed: return "killed";
    case noproc: return "noproc";
    case error: return "error";
    case custom: return "custom";
    case init_timeout: return "init_timeout";
    case mailbox_overflow: return "mailbox_overflow";
    case memory_limit: return "memory_limit";
    case abandoned: return "abandoned";
    case bad_return_value: return "bad_return_value";
  }
  return "unknown";
}

ExitReason reason_of(const std::exception_ptr& exception, std::string_view message_type,
                     std::vector<std::string> awaiting) {
  ExceptionInfo info;
  const auto frames = ThrowTrace::of(exception);
  info.stack.assign(frames.begin(), frames.end());
  info.message = message_type;
  info.awaiting = std::move(awaiting);
  info.exception = exception;
  try {
    std::rethrow_exception(exception);
  } catch (const ExitException& e) {
    return e.reason();
  } catch (const std::exception& e) {
    info.type = demangle(typeid(e).name());
    info.what = e.what();
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    info.type = type != nullptr ? demangle(type->name()) : "unknown exception";
  }
  return ExitReason::error(std::move(info));
}

}  // namespace coppice::actors
