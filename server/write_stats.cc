#include "server/write_stats.h"

#include <algorithm>
#include <string_view>

#include "base/go_text.h"
#include "base/json_write.h"

namespace narfi::server {
namespace {

using query::QueryStats;
using query::ReadStats;
using storage::Origin;

// An object that is written member by member, from its bracket to End().
class Members {
 public:
  explicit Members(std::string& out) : out_(out) { out_ += '{'; }
  void Count(std::string_view name, uint64_t value) {
    Name(name);
    AppendUint(out_, value);
  }
  void Seconds(std::string_view name, int64_t ns) {
    Name(name);
    out_ += FormatJsonNumber(static_cast<double>(ns) / 1e9);
  }
  void Flag(std::string_view name, bool value) {
    Name(name);
    out_ += value ? "true" : "false";
  }
  // For a member that is an object of its own.
  std::string& Name(std::string_view name) {
    comma_(out_);
    AppendJsonString(out_, name);
    out_ += ':';
    return out_;
  }
  void End() { out_ += '}'; }

 private:
  std::string& out_;
  Comma comma_;
};

uint64_t PerSecond(uint64_t count, int64_t ns) {
  const double seconds = static_cast<double>(std::max<int64_t>(ns, 1)) / 1e9;
  return static_cast<uint64_t>(static_cast<double>(count) / seconds);
}

void PutSummary(std::string& out, const QueryStats& stats, int64_t queued_ns) {
  const ReadStats total = stats.total();
  Members summary(out);
  summary.Count("bytesProcessedPerSecond", PerSecond(total.bytes, stats.exec_ns));
  summary.Count("linesProcessedPerSecond", PerSecond(total.lines, stats.exec_ns));
  summary.Count("totalBytesProcessed", total.bytes);
  summary.Count("totalLinesProcessed", total.lines);
  summary.Seconds("execTime", std::max<int64_t>(stats.exec_ns, 1));
  summary.Seconds("queueTime", queued_ns);
  summary.Count("subqueries", 0);
  summary.Count("totalEntriesReturned", stats.entries_returned);
  summary.Count("splits", 1);
  summary.Count("shards", 1);
  summary.Count("totalPostFilterLines", total.matched);
  summary.Count("totalStructuredMetadataBytesProcessed", total.metadata_bytes);
  summary.End();
}

// `head`: lines that were still rows of an open head; `packed`: those of row groups.
void PutChunk(std::string& out, const ReadStats& head, const ReadStats& packed,
              uint64_t packed_bytes, uint64_t duplicates) {
  Members chunk(out);
  chunk.Count("headChunkBytes", head.bytes);
  chunk.Count("headChunkLines", head.lines);
  chunk.Count("decompressedBytes", packed.bytes);
  chunk.Count("decompressedLines", packed.lines);
  chunk.Count("compressedBytes", packed_bytes);
  chunk.Count("totalDuplicates", duplicates);
  chunk.Count("postFilterLines", head.matched + packed.matched);
  chunk.Count("headChunkStructuredMetadataBytes", head.metadata_bytes);
  chunk.Count("decompressedStructuredMetadataBytes", packed.metadata_bytes);
  chunk.End();
}

void PutStore(std::string& out, const ReadStats& head, const ReadStats& packed,
              const storage::BlockTally::Blocks& blocks, uint64_t duplicates) {
  Members store(out);
  store.Count("totalChunksRef", packed.runs);
  store.Count("totalChunksDownloaded", packed.runs_read);
  store.Count("chunksDownloadTime", blocks.read_ns);
  store.Flag("queryReferencedStructuredMetadata", head.metadata_bytes + packed.metadata_bytes > 0);
  PutChunk(store.Name("chunk"), head, packed, blocks.stored_bytes, duplicates);
  store.Count("chunkRefsFetchTime", 0);
  store.Count("congestionControlLatency", 0);
  store.Count("pipelineWrapperFilteredLines", 0);
  store.End();
}

void PutIngester(std::string& out, const QueryStats& stats) {
  const ReadStats& head = stats.of(Origin::kHead);
  const ReadStats& sealed = stats.of(Origin::kSealedHead);
  Members ingester(out);
  ingester.Count("totalReached", 1);
  ingester.Count("totalChunksMatched", head.runs + sealed.runs);
  ingester.Count("totalBatches", 0);
  ingester.Count("totalLinesSent", head.matched + sealed.matched);
  PutStore(ingester.Name("store"), head, sealed, stats.blocks.from_memory, 0);
  ingester.End();
}

void PutCache(std::string& out, const storage::BlockTally& blocks) {
  Members cache(out);
  cache.Count("entriesFound", blocks.pages_found);
  cache.Count("entriesRequested", blocks.pages_asked);
  cache.Count("entriesStored", blocks.pages_kept);
  cache.Count("bytesReceived", blocks.found_bytes);
  cache.Count("bytesSent", blocks.kept_bytes);
  cache.Count("requests", blocks.pages_asked + blocks.pages_kept);
  cache.Count("downloadTime", 0);
  cache.Count("queryLengthServed", 0);
  cache.End();
}

void PutCaches(std::string& out, const storage::BlockTally& blocks) {
  Members caches(out);
  PutCache(caches.Name("chunk"), blocks);
  for (const std::string_view name : {"index", "result", "statsResult", "volumeResult",
                                      "seriesResult", "labelResult", "instantMetricResult"})
    PutCache(caches.Name(name), {});
  caches.End();
}

void PutIndex(std::string& out, const QueryStats& stats) {
  const uint64_t runs = stats.total().runs;
  Members index(out);
  index.Count("totalChunks", runs);
  index.Count("postFilterChunks", runs - std::min(runs, stats.runs_skipped_text));
  index.Count("shardsDuration", 0);
  index.Flag("usedBloomFilters", false);
  index.End();
}

void PutOwn(std::string& out, const QueryStats& stats) {
  const ReadStats total = stats.total();
  Members own(out);
  own.Count("streams", stats.streams);
  own.Count("runs", total.runs);
  own.Count("runsRead", total.runs_read);
  own.Count("runsSkippedByText", stats.runs_skipped_text);
  own.Count("runsSkippedByLimit", stats.runs_skipped_limit);
  own.Count("runsFromCounts", stats.runs_from_counts);
  own.Count("duplicates", stats.duplicates);
  own.End();
}

}  // namespace

void AppendStats(std::string& out, const QueryStats& stats, int64_t queued_ns) {
  Members all(out);
  PutSummary(all.Name("summary"), stats, queued_ns);
  Members querier(all.Name("querier"));
  PutStore(querier.Name("store"), {}, stats.of(Origin::kSegment), stats.blocks.from_files,
           stats.duplicates);
  querier.End();
  PutIngester(all.Name("ingester"), stats);
  PutCaches(all.Name("cache"), stats.blocks);
  PutIndex(all.Name("index"), stats);
  PutOwn(all.Name("narfi"), stats);
  all.End();
}

}  // namespace narfi::server
