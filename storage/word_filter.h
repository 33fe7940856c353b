// Which words a row group holds: a split-block Bloom filter over whole words.
//
// A word is a longest run of ASCII letters, digits, '_' and bytes from 0x80 up. A substring search
// may use the filter only for words of the needle that have a delimiter on both sides *inside the
// needle*: at its ends the line's word may go on.
//
// Source: Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters" (2007); layout
// as
//         in Apache Parquet's BloomFilter.md: blocks of eight 32-bit words, one bit in each.
// Format: docs/format/segment.md, "Word filter".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::storage {

class WordFilterBuilder {
 public:
  void AddLine(std::string_view line);
  // Ten bits or more a distinct word: about 1 % false positives.
  std::string Finish() const;

 private:
  void Add(uint64_t hash);
  void Grow();

  // An open-addressing set of hashes, 0 marking a free slot; a power of two, at most half full.
  std::vector<uint64_t> slots_ = std::vector<uint64_t>(1024);
  size_t count_ = 0;
};

// A view of a finished filter. An empty or odd-sized one answers "maybe" to everything.
class WordFilter {
 public:
  explicit WordFilter(std::string_view bytes) : bytes_(bytes) {}
  // False only when no line contains `needle`.
  bool MayContain(std::string_view needle) const;

 private:
  bool MayHold(uint64_t hash) const;
  std::string_view bytes_;
};

}  // namespace narfi::storage
