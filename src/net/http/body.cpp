#include "net/http/body.hpp"

namespace coppice::net::http {

bool FetchedSlice::pass(const std::optional<std::string>& piece) noexcept {
  const auto wanted = next().size;
  if (!piece || piece->size() != wanted) return false;
  offset += wanted;
  size -= wanted;
  return true;
}

std::optional<std::uint64_t> Body::size() const noexcept {
  if (const auto* slice = std::get_if<FileSlice>(&source_)) return slice->size;
  if (const auto* slice = std::get_if<FetchedSlice>(&source_)) return slice->size;
  if (std::holds_alternative<BodyStream>(source_)) return std::nullopt;
  return bytes().size();
}

std::string_view Body::bytes() const noexcept {
  if (const auto* own = std::get_if<std::string>(&source_)) return *own;
  const auto* shared = std::get_if<SharedBytes>(&source_);
  return shared != nullptr && *shared ? std::string_view(**shared) : std::string_view();
}

SharedBytes Body::share() && {
  if (auto* own = std::get_if<std::string>(&source_)) {
    return std::make_shared<const std::string>(std::move(*own));
  }
  return std::get<SharedBytes>(std::move(source_));
}

}  // namespace coppice::net::http
