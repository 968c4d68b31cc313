// Sorting in place with little code: the standard's sort is two kilobytes of the WebAssembly module
// for each type.
#pragma once

#include <algorithm>
#include <functional>

namespace xom {

// Not stable; about n log n comparisons, whatever the order.
template <class Range, class Less = std::less<>>
void sort(Range& range, Less less = {}) {
  std::make_heap(range.begin(), range.end(), less);
  std::sort_heap(range.begin(), range.end(), less);
}

}  // namespace xom
