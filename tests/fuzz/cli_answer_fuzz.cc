// Answers of a server that may be anything: read as each kind, never worse than an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "cli/answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string body(reinterpret_cast<const char*>(data), size);
  namespace cli = narfi::cli;
  const auto answer = cli::ReadQueryAnswer(body, cli::JsonStyle::kIndented);
  if (answer) {
    for (const cli::LogEntry& entry : answer->entries) {
      if (entry.stream >= answer->streams.size()) std::abort();
    }
  }
  const auto tail = cli::ReadTailAnswer(body);
  if (tail) {
    for (const cli::LogEntry& entry : tail->lines.entries) {
      if (entry.stream >= tail->lines.streams.size()) std::abort();
    }
  }
  static_cast<void>(cli::ReadQueryAnswer(body, cli::JsonStyle::kLinePerSeries));
  static_cast<void>(cli::ReadListAnswer(body));
  static_cast<void>(cli::ReadSeriesAnswer(body));
  return 0;
}
