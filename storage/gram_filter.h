// Which pieces of four bytes texts hold: a Bloom filter (bloom_blocks.h) that is sound for any
// substring.
//
// Format:  docs/format/segment.md, "Text filter".
// Threads: pure functions.
// Limits:  kMaxGrams pieces; texts with more have no filter.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace narfi::storage {

constexpr size_t kGramBytes = 4;
constexpr size_t kMaxGrams = 24 << 10;

// Eight bits or more a distinct piece: some 3 % false positives for each piece of a needle. Empty
// when there are too many.
std::string MakeGramFilter(std::span<const std::string_view> texts);
// False only when no text holds `needle`. An empty or odd-sized filter answers true.
bool MayHoldGrams(std::string_view filter, std::string_view needle);

}  // namespace narfi::storage
