#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace coppice::actors {

/// Names one incarnation of one actor, for ever: a Pid is never reused.
///
/// Layout: 12 bits shard, 22 bits slot, 30 bits generation. A slot whose generations are used up is
/// retired, so a stale Pid can't come to mean another actor.
///
/// Thread: any; a plain value.
class Pid {
 public:
  static constexpr unsigned kShardBits = 12;
  static constexpr unsigned kSlotBits = 22;
  static constexpr unsigned kGenerationBits = 30;
  static constexpr std::uint32_t kMaxShard = (1U << kShardBits) - 1;
  static constexpr std::uint32_t kMaxSlot = (1U << kSlotBits) - 1;
  static constexpr std::uint32_t kMaxGeneration = (1U << kGenerationBits) - 1;

  constexpr Pid() noexcept = default;
  constexpr Pid(std::uint32_t shard, std::uint32_t slot, std::uint32_t generation) noexcept
      : bits_((std::uint64_t{shard} << (kSlotBits + kGenerationBits)) |
              (std::uint64_t{slot} << kGenerationBits) | generation) {}

  static constexpr Pid from_bits(std::uint64_t bits) noexcept {
    Pid pid;
    pid.bits_ = bits;
    return pid;
  }

  /// False for the default-constructed Pid, which names nobody.
  [[nodiscard]] explicit constexpr operator bool() const noexcept { return bits_ != 0; }

  [[nodiscard]] constexpr std::uint32_t shard() const noexcept {
    return static_cast<std::uint32_t>(bits_ >> (kSlotBits + kGenerationBits));
  }
  [[nodiscard]] constexpr std::uint32_t slot() const noexcept {
    return static_cast<std::uint32_t>(bits_ >> kGenerationBits) & kMaxSlot;
  }
  [[nodiscard]] constexpr std::uint32_t generation() const noexcept {
    return static_cast<std::uint32_t>(bits_) & kMaxGeneration;
  }
  [[nodiscard]] constexpr std::uint64_t bits() const noexcept { return bits_; }

  friend constexpr bool operator==(Pid, Pid) noexcept = default;
  friend constexpr auto operator<=>(Pid, Pid) noexcept = default;

 private:
  std::uint64_t bits_ = 0;
};

/// "<shard.slot.generation>", as logs and the operators' tools print it.
[[nodiscard]] std::string to_string(Pid pid);

}  // namespace coppice::actors

template <>
struct std::hash<coppice::actors::Pid> {
  std::size_t operator()(coppice::actors::Pid pid) const noexcept {
    return std::hash<std::uint64_t>{}(pid.bits());
  }
};
