#include "net/http/plugs/request_id.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>
#include <string_view>

namespace coppice::net::http::plugs {
namespace {

constexpr std::string_view kHeader = "x-request-id";
constexpr std::size_t kShortest = 20;  // as Phoenix has it
constexpr std::size_t kLongest = 200;

bool is_safe(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         std::string_view("+/=_.:@-").contains(c);
}

bool is_acceptable(std::string_view id) {
  return id.size() >= kShortest && id.size() <= kLongest && std::ranges::all_of(id, is_safe);
}

/// Ids need not be secret, only different, also from those of other processes.
std::mt19937_64& generator_of_this_thread() {
  thread_local std::mt19937_64 generator = [] {
    std::random_device device;
    std::seed_seq seed{device(), device(), device(), device()};
    return std::mt19937_64(seed);
  }();
  return generator;
}

void append_id(std::string& out) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  auto& generator = generator_of_this_thread();
  std::array<char, kShortest> id{};
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < id.size(); ++i) {
    if (i % 12 == 0) bits = generator();
    id.at(i) = kDigits[bits & 31U];
    bits >>= 5U;
  }
  out.assign(id.data(), id.size());
}

}  // namespace

std::string make_request_id() {
  std::string id;
  append_id(id);
  return id;
}

Plug request_id() {
  return {.name = "request_id",
          .before = [](Request& request) -> std::optional<Response> {
            const auto given = request.header(kHeader);
            if (given && is_acceptable(*given)) {
              request.id = *given;
            } else {
              append_id(request.id);
            }
            return std::nullopt;
          },
          .after = [](const Request& request,
                      Response& response) { response.headers.add_checked(kHeader, request.id); }};
}

}  // namespace coppice::net::http::plugs
