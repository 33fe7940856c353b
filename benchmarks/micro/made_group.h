// Row groups of made-up JSON lines, the same in every run: a dozen fields, of which some repeat,
// some count, one is a time, one an id that a few lines in a row share, and one is free text.
//
// Threads: free functions without state.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "storage/row_group.h"
#include "storage/row_group_writer.h"

namespace narfi::bench {

struct MadeLines {
  std::vector<std::string> lines;
  std::vector<int64_t> times;
  uint64_t bytes = 0;
};

// Lines whose ids begin at `first_id`, about one a six lines, and whose times begin later the
// larger that is: with twelve rows for each step of it they are all behind those of the step
// before.
inline MadeLines MakeLines(uint32_t rows, uint64_t first_id = 0) {
  constexpr const char* kLevels[] = {"info", "info", "info", "info", "debug", "warn", "error"};
  constexpr const char* kVerbs[] = {"opened", "closed", "sent", "dropped", "retried"};
  std::mt19937_64 random(first_id + 1);
  MadeLines out;
  int64_t time = 1'795'651'200'000'000'000 + static_cast<int64_t>(first_id) * 15'000'000;
  for (uint32_t i = 0; i < rows; ++i) {
    time += static_cast<int64_t>(random() % 2'000'000);
    const uint64_t id = (first_id + i / 6 + random() % 8 + 1) * 0x9E3779B97F4A7C15ULL;
    const int64_t ms = time / 1'000'000;
    out.times.push_back(time);
    out.lines.push_back(fmt::format(
        R"({{"ts":"2026-11-26T{:02}:{:02}:{:02}.{:03}Z","level":"{}","service":"svc-{}","trace_id":"{:016x}{:016x}",)"
        R"("user":"user-{}","took_ms":{},"rate":{}.{:02},"code":{},"msg":"connection {} of worker {} to 10.0.{}.{} {} after {} bytes"}})",
        ms / 3'600'000 % 24, ms / 60'000 % 60, ms / 1000 % 60, ms % 1000, kLevels[random() % 7],
        random() % 12, id, id ^ 0x5851F42D4C957F2DULL, random() % 5000, random() % 900,
        random() % 50, random() % 100, random() % 5 == 0 ? 500 : 200, i, random() % 64,
        random() % 4, random() % 250, kVerbs[random() % 5], random() % 100'000));
    out.bytes += out.lines.back().size();
  }
  return out;
}

inline std::shared_ptr<const storage::StoredRowGroup> MakeGroup(const MadeLines& made,
                                                                storage::PageCache* cache) {
  static const auto labels =
      std::make_shared<const Labels>(std::vector<Label>{{"service_name", "web"}});
  const std::vector<storage::MetadataPair> metadata = {{"detected_level", "info"}};
  storage::RowGroupWriter writer({7, made.lines.size()}, {.borrows_texts = true});
  for (size_t i = 0; i < made.lines.size(); ++i)
    writer.Append(labels->Id(), labels, made.times[i], made.lines[i], metadata);
  return writer.Finish("made", cache);
}

}  // namespace narfi::bench
