// Times in buckets whose width grows with the value: each is known within 1/64 of itself, in little
// memory however many there are (the idea of HDR histograms).
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

namespace xom::load {

class Histogram {
 public:
  void add(std::uint64_t microseconds) {
    ++counts_[index(microseconds)];
    ++total_;
    most_ = std::max(most_, microseconds);
  }
  [[nodiscard]] std::uint64_t count() const { return total_; }
  [[nodiscard]] std::uint64_t most() const { return most_; }
  // The upper end of the bucket below which `share` of all values lie; 0 of none.
  [[nodiscard]] std::uint64_t at(double share) const {
    const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (seen > wanted || (seen == total_ && seen > 0)) return std::min(upper(i), most_);
    }
    return 0;
  }

 private:
  static constexpr unsigned kBits = 6;
  static constexpr std::uint64_t kWidth = 1u << kBits;
  static std::size_t index(std::uint64_t value) {
    if (value < 2 * kWidth) return value;
    const unsigned shift = static_cast<unsigned>(std::bit_width(value)) - kBits - 1;
    return std::min<std::size_t>(kWidth * (shift + 1) + ((value >> shift) - kWidth), kBuckets - 1);
  }
  static std::uint64_t upper(std::size_t i) {
    if (i < 2 * kWidth) return i;
    const std::size_t shift = i / kWidth - 1;
    return ((i % kWidth + kWidth + 1) << shift) - 1;
  }
  static constexpr std::size_t kBuckets = kWidth * 34;
  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t most_ = 0;
};

}  // namespace xom::load
