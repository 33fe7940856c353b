#include "server/tail_queue.h"

#include <doctest/doctest.h>

#include <string>

#include "base/duration.h"

namespace narfi::server {
namespace {

constexpr size_t kRows = 100;
constexpr uint64_t kBytes = 1 << 20;

// Rows of the times, each with its time as its line.
std::shared_ptr<const TailChunk> Chunk(std::vector<int64_t> times, int64_t arrived_ns = 0,
                                       uint64_t bytes = 100) {
  auto chunk = std::make_shared<TailChunk>();
  for (const int64_t time : times)
    chunk->rows.push_back({time, chunk->arena.Copy(std::to_string(time)), {}});
  chunk->labels = std::make_shared<const Labels>(std::vector<Label>{{"app", "x"}});
  chunk->arrived_ns = arrived_ns;
  chunk->bytes = bytes;
  return chunk;
}

std::string Lines(const TailQueue::Batch& batch) {
  std::string out;
  for (const TailRow& row : batch.rows) out += std::string(row.row().line) + " ";
  return out;
}

TEST_CASE("entries come out by time, whatever push they came with") {
  TailQueue queue({});
  queue.Start();
  queue.Push(Chunk({10, 30}));
  queue.Push(Chunk({20, 40}));
  CHECK(queue.bytes() == 200);
  CHECK(Lines(queue.Take(0, 3, kBytes)) == "10 20 30 ");
  CHECK(queue.bytes() == 100);
  CHECK(queue.HasDue(0));
  CHECK(Lines(queue.Take(0, 3, kBytes)) == "40 ");
  CHECK_FALSE(queue.HasDue(0));
  CHECK(queue.Take(0, 3, kBytes).empty());
  CHECK(queue.bytes() == 0);
}

TEST_CASE("a batch has at least one row, and no more bytes of lines than asked for") {
  TailQueue queue({});
  queue.Start();
  queue.Push(Chunk({1000, 2000, 3000}));
  CHECK(Lines(queue.Take(0, kRows, 8)) == "1000 2000 ");
  CHECK(Lines(queue.Take(0, kRows, 1)) == "3000 ");
}

TEST_CASE("an entry waits for the delay after its time, or after its arrival if that is first") {
  TailQueue queue({.max_bytes = kBytes, .delay_ns = 100});
  queue.Start();
  queue.Push(Chunk({50, 900}, 60));
  CHECK_FALSE(queue.HasDue(149));
  CHECK(queue.HasDue(150));
  queue.Push(Chunk({40}, 120));
  CHECK(Lines(queue.Take(150, kRows, kBytes)) == "40 50 ");
  CHECK_FALSE(queue.HasDue(159));
  CHECK(Lines(queue.Take(160, kRows, kBytes)) == "900 ");
}

TEST_CASE("before the start nothing is kept, and a new start begins anew") {
  TailQueue queue({});
  queue.Push(Chunk({1}));
  CHECK(queue.bytes() == 0);
  queue.Start();
  queue.Push(Chunk({2}));
  queue.Start();
  queue.Push(Chunk({3}));
  CHECK(Lines(queue.Take(0, kRows, kBytes)) == "3 ");
}

TEST_CASE("stopped, a queue gives what waits, and nothing is added") {
  TailQueue queue({.max_bytes = kBytes, .delay_ns = 1'000'000});
  queue.Start();
  queue.Push(Chunk({10, 30}));
  queue.Stop();
  queue.Push(Chunk({20}));
  CHECK_FALSE(queue.HasDue(100));
  CHECK(queue.HasDue(INT64_MAX));
  CHECK(Lines(queue.Take(INT64_MAX, kRows, kBytes)) == "10 30 ");
  CHECK_FALSE(queue.HasDue(INT64_MAX));
}

TEST_CASE("what does not fit is dropped and told, up to a number of entries") {
  TailQueue queue({.max_bytes = 250});
  queue.Start();
  queue.Push(Chunk({1}));
  queue.Push(Chunk({2}));
  queue.Push(Chunk({3}));
  queue.Push(Chunk({4}, 0, 50));
  auto batch = queue.Take(0, kRows, kBytes);
  CHECK(Lines(batch) == "1 2 4 ");
  REQUIRE(batch.dropped.size() == 1);
  CHECK(batch.dropped[0].time_ns == 3);
  CHECK(batch.dropped[0].labels->Get("app") == "x");

  queue.Push(Chunk({7}));
  queue.Push(Chunk(std::vector<int64_t>(2 * TailQueue::kMaxDropped, 5), 0, 150));
  queue.DropAll();
  CHECK(queue.bytes() == 0);
  CHECK(queue.HasDue(0));
  batch = queue.Take(0, kRows, kBytes);
  CHECK(batch.rows.empty());
  CHECK(batch.dropped.size() == TailQueue::kMaxDropped);
  CHECK(batch.dropped[0].time_ns == 7);
}

TEST_CASE("a chunk counts until nobody holds it") {
  const auto total = std::make_shared<std::atomic<uint64_t>>(100);
  auto chunk = std::make_shared<TailChunk>();
  chunk->rows.resize(1);
  chunk->bytes = 100;
  chunk->in_total = total;
  TailQueue queue({});
  queue.Start();
  queue.Push(chunk);
  chunk.reset();
  {
    const auto batch = queue.Take(0, kRows, kBytes);
    CHECK(*total == 100);
  }
  CHECK(*total == 0);
}

}  // namespace
}  // namespace narfi::server
