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

/// Ids need not be secret, only different, also from those of other threads and processes:
/// SplitMix64 with a start and a step at random.
class Generator {
 public:
  std::uint64_t operator()() noexcept {
    state_ += step_;
    std::uint64_t bits = state_;
    bits = (bits ^ (bits >> 30U)) * 0xBF58476D1CE4E5B9U;
    bits = (bits ^ (bits >> 27U)) * 0x94D049BB133111EBU;
    return bits ^ (bits >> 31U);
  }

 private:
  static std::uint64_t random_bits() {
    std::random_device device;
    return (std::uint64_t{device()} << 32U) | device();
  }

  std::uint64_t state_ = random_bits();
  std::uint64_t step_ = random_bits() | 1U;
};

void make_id(std::string& id) {
  constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";
  constexpr unsigned kBitsPerDigit = 5;
  constexpr std::size_t kDigitsPerDraw = 64 / kBitsPerDigit;
  thread_local Generator generator;
  std::array<char, kShortest> digits{};
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i % kDigitsPerDraw == 0) bits = generator();
    digits[i] = kDigits[bits & 31U];
    bits >>= kBitsPerDigit;
  }
  id.assign(digits.data(), digits.size());
}

}  // namespace

std::string make_request_id() {
  std::string id;
  make_id(id);
  return id;
}

Plug request_id() {
  return {.name = "request_id",
          .before = [](Request& request) -> std::optional<Response> {
            const auto given = request.header(kHeader);
            if (given && is_acceptable(*given)) {
              request.id = *given;
            } else {
              make_id(request.id);
            }
            return std::nullopt;
          },
          .after = [](const Request& request,
                      Response& response) { response.headers.add_checked(kHeader, request.id); }};
}

}  // namespace coppice::net::http::plugs
