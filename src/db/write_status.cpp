#include "db/write_status.hpp"

#include <utility>

namespace coppice::db {

using actors::Error;
using actors::Result;

Result<void> WriteStatus::check() const {
  const std::lock_guard lock(mutex_);
  if (refusal_) return std::unexpected(*refusal_);
  return {};
}

bool WriteStatus::accept() {
  const std::lock_guard lock(mutex_);
  return std::exchange(refusal_, std::nullopt).has_value();
}

bool WriteStatus::refuse(Error why) {
  const std::lock_guard lock(mutex_);
  const bool is_news = !refusal_ || refusal_->code != why.code;
  refusal_ = std::move(why);
  return is_news;
}

}  // namespace coppice::db
