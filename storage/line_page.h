// The lines of a page, by template and column where that is smaller than their text under zstd.
//
// Format:  docs/format/segment.md, "Lines".
// Threads: pure functions; pages are immutable.
// Limits:  kMaxSplitBytes of text are split; a longer page is text.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace narfi::storage {

constexpr uint64_t kMaxSplitBytes = 32 << 20;

// The views point into `text`.
struct LinePage {
  std::string text;
  std::vector<std::string_view> lines;
};

// `times` are those of the same entries. The payload is packed in itself, at `level`. Columns are
// read back before they are taken: a page that does not give the very bytes is stored as text.
std::string EncodeLines(std::span<const std::string_view> lines, std::span<const int64_t> times,
                        int level);
// As text alone, which is quicker to write and to read.
std::string EncodeTextLines(std::span<const std::string_view> lines, int level);

// Whether DecodeLines() will look at the times of the entries.
bool LinesNeedTimes(std::string_view payload);
Result<std::shared_ptr<const LinePage>> DecodeLines(std::string_view payload, uint32_t rows,
                                                    std::span<const int64_t> times);

// What version 1 wrote: the lengths, then the text.
Result<std::shared_ptr<const LinePage>> DecodePlainLines(std::string payload, uint32_t rows);

}  // namespace narfi::storage
