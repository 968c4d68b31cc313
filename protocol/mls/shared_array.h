// An array whose copies share what was not changed since: a tree of a thousand members is copied at
// every commit, which changes a dozen of its nodes.
#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <vector>

namespace xom::mls {

// A copy may belong to another thread than the original.
template <class T>
class SharedArray {
 public:
  explicit SharedArray(std::size_t size) { resize(size); }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const T& operator[](std::size_t index) const {
    return (*pieces_[index / kPiece])[index % kPiece];
  }
  // How many of the items at `first`, `first` + 2, … up to `last` are not T{}.
  [[nodiscard]] std::size_t count_every_other(std::size_t first, std::size_t last) const {
    std::size_t count = 0;
    while (first <= last) {
      const Piece& piece = *pieces_[first / kPiece];
      const std::size_t end = std::min(kPiece, first % kPiece + (last - first) + 1);
      for (std::size_t i = first % kPiece; i < end; i += 2) count += piece[i] != T{} ? 1 : 0;
      first += kPiece - first % kPiece + first % 2;
    }
    return count;
  }
  void set(std::size_t index, T value) {
    std::shared_ptr<Piece>& piece = pieces_[index / kPiece];
    if (piece.use_count() != 1) piece = std::make_shared<Piece>(*piece);
    // Whoever held it last has done with it.
    std::atomic_thread_fence(std::memory_order_acquire);
    (*piece)[index % kPiece] = std::move(value);
  }
  // New items are T{}.
  void resize(std::size_t size) {
    const std::size_t pieces = (size + kPiece - 1) / kPiece;
    // What is cut off within a piece comes back empty.
    for (std::size_t i = size; i < std::min(size_, pieces * kPiece); ++i) set(i, T{});
    if (pieces > pieces_.size()) {
      pieces_.resize(pieces, std::make_shared<Piece>());
    } else {
      pieces_.resize(pieces);
    }
    size_ = size;
  }

 private:
  static constexpr std::size_t kPiece = 64;
  using Piece = std::array<T, kPiece>;

  std::vector<std::shared_ptr<Piece>> pieces_;
  std::size_t size_ = 0;
};

}  // namespace xom::mls
