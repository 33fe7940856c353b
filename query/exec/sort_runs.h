// Sorts what was put together from sorted pieces: as std::stable_sort, in one pass a doubling of
// pieces.
//
// Threads: none inside.
#pragma once

#include <algorithm>
#include <iterator>
#include <utility>
#include <vector>

namespace narfi::query {

template <class T, class Less>
void SortRuns(std::vector<T>& items, Less less) {
  std::vector<size_t> ends;  // of the pieces
  for (size_t i = 1; i < items.size(); ++i) {
    if (less(items[i], items[i - 1])) ends.push_back(i);
  }
  if (ends.empty()) return;
  ends.push_back(items.size());
  std::vector<T> merged(items.size());
  while (ends.size() > 1) {
    size_t kept = 0;
    size_t begin = 0;
    for (size_t i = 0; i < ends.size(); i += 2) {
      const size_t end = ends[std::min(i + 1, ends.size() - 1)];
      const auto from = [&](size_t at) { return items.begin() + static_cast<ptrdiff_t>(at); };
      std::merge(std::make_move_iterator(from(begin)), std::make_move_iterator(from(ends[i])),
                 std::make_move_iterator(from(ends[i])), std::make_move_iterator(from(end)),
                 merged.begin() + static_cast<ptrdiff_t>(begin), less);
      ends[kept++] = end;
      begin = end;
    }
    ends.resize(kept);
    items.swap(merged);
  }
}

}  // namespace narfi::query
