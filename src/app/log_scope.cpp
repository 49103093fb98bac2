#include "app/log_scope.hpp"

#include <utility>

namespace coppice::app {
namespace {

thread_local LogScope::About about_now{};

}  // namespace

LogScope::LogScope(About about) noexcept : outer_(std::exchange(about_now, about)) {}

LogScope::~LogScope() { about_now = outer_; }

LogScope::About LogScope::current() noexcept { return about_now; }

}  // namespace coppice::app
