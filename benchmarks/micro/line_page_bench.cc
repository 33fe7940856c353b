// Pages of lines: encode and decode, in bytes of text.
#include <benchmark/benchmark.h>

#include <random>

#include "storage/line_page.h"

namespace {

namespace storage = narfi::storage;

struct Page {
  std::vector<std::string> texts;
  std::vector<std::string_view> lines;
  std::vector<int64_t> times;
  int64_t bytes = 0;
};

std::string Hex(std::mt19937_64& random, int words) {
  std::string out;
  for (int i = 0; i < words; ++i) {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(random()));
    out += text;
  }
  return out;
}

std::string JsonLine(std::mt19937_64& random, int64_t time_ns) {
  char time[32];
  std::snprintf(time, sizeof time, "2026-11-26T00:00:%02d.%06dZ",
                static_cast<int>(time_ns / 1'000'000'000 % 60),
                static_cast<int>(time_ns / 1000 % 1'000'000));
  return std::string(R"({"timestamp": ")") + time + R"(", "level": ")" +
         (random() % 20 == 0 ? "ERROR" : "INFO") +
         R"(", "service": "coach-service", "message": "Chat turn completed in )" +
         std::to_string(random() % 30'000) + R"( ms", "tenant_id": "abc-123", "user_id": "user-)" +
         std::to_string(1000 + random() % 2000) + R"(", "trace_id": ")" + Hex(random, 2) +
         R"(", "tokens": )" + std::to_string(random() % 1000) + "}";
}

std::string FreeLine(std::mt19937_64& random, int64_t) {
  return "worker-" + std::to_string(random() % 16) + " GET /v1/plans/" + Hex(random, 1) +
         " from 10.0." + std::to_string(random() % 256) + "." + std::to_string(random() % 256) +
         " took " + std::to_string(random() % 10'000) + " ms";
}

template <class Make>
Page MakePage(Make make) {
  std::mt19937_64 random(1);
  Page page;
  int64_t time_ns = 1'795'651'200'000'000'000;
  for (int i = 0; i < 4096; ++i) {
    time_ns += static_cast<int64_t>(random() % 10'000'000);
    page.times.push_back(time_ns);
    page.texts.push_back(make(random, time_ns));
    page.bytes += static_cast<int64_t>(page.texts.back().size());
  }
  page.lines.assign(page.texts.begin(), page.texts.end());
  return page;
}

void Encode(benchmark::State& state, const Page& page) {
  size_t bytes = 0;
  for (auto _ : state) {
    const std::string payload = storage::EncodeLines(page.lines, page.times, 1);
    bytes = payload.size();
    benchmark::DoNotOptimize(bytes);
  }
  state.SetBytesProcessed(page.bytes * state.iterations());
  state.counters["bytes_a_line"] =
      static_cast<double>(bytes) / static_cast<double>(page.lines.size());
}

void Decode(benchmark::State& state, const Page& page) {
  const std::string payload = storage::EncodeLines(page.lines, page.times, 1);
  const auto rows = static_cast<uint32_t>(page.lines.size());
  for (auto _ : state)
    benchmark::DoNotOptimize(storage::DecodeLines(payload, rows, page.times).has_value());
  state.SetBytesProcessed(page.bytes * state.iterations());
}

void EncodeJson(benchmark::State& state) { Encode(state, MakePage(JsonLine)); }
void DecodeJson(benchmark::State& state) { Decode(state, MakePage(JsonLine)); }
void EncodeFree(benchmark::State& state) { Encode(state, MakePage(FreeLine)); }
void DecodeFree(benchmark::State& state) { Decode(state, MakePage(FreeLine)); }
BENCHMARK(EncodeJson);
BENCHMARK(DecodeJson);
BENCHMARK(EncodeFree);
BENCHMARK(DecodeFree);

}  // namespace
