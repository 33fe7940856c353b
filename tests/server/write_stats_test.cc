#include "server/write_stats.h"

#include <doctest/doctest.h>

#include <string>

namespace narfi::server {
namespace {

using storage::Origin;

query::QueryStats Some() {
  query::QueryStats stats;
  stats.of(Origin::kHead) = {
      .runs = 1, .runs_read = 1, .lines = 10, .bytes = 100, .metadata_bytes = 5, .matched = 9};
  stats.of(Origin::kSealedHead) = {
      .runs = 2, .runs_read = 1, .lines = 20, .bytes = 200, .metadata_bytes = 6, .matched = 8};
  stats.of(Origin::kSegment) = {
      .runs = 40, .runs_read = 3, .lines = 30, .bytes = 300, .metadata_bytes = 0, .matched = 7};
  stats.streams = 4;
  stats.runs_skipped_text = 37;
  stats.duplicates = 2;
  stats.entries_returned = 11;
  stats.exec_ns = 2'000'000'000;
  stats.blocks.from_files = {.count = 3, .stored_bytes = 70, .read_ns = 500};
  stats.blocks.from_memory = {.count = 1, .stored_bytes = 20, .read_ns = 300};
  stats.blocks.pages_asked = 6;
  stats.blocks.pages_found = 4;
  stats.blocks.found_bytes = 400;
  stats.blocks.pages_kept = 2;
  stats.blocks.kept_bytes = 200;
  return stats;
}

TEST_CASE("statistics have Loki's names in its order, and heads and segments apart") {
  std::string out;
  AppendStats(out, Some(), 250'000'000);
  const std::string empty_cache =
      R"({"entriesFound":0,"entriesRequested":0,"entriesStored":0,"bytesReceived":0,"bytesSent":0,)"
      R"("requests":0,"downloadTime":0,"queryLengthServed":0})";
  std::string want =
      R"({"summary":{"bytesProcessedPerSecond":300,"linesProcessedPerSecond":30,)"
      R"("totalBytesProcessed":600,"totalLinesProcessed":60,"execTime":2,"queueTime":0.25,)"
      R"("subqueries":0,"totalEntriesReturned":11,"splits":1,"shards":1,"totalPostFilterLines":24,)"
      R"("totalStructuredMetadataBytesProcessed":11},)"
      R"("querier":{"store":{"totalChunksRef":40,"totalChunksDownloaded":3,)"
      R"("chunksDownloadTime":500,"queryReferencedStructuredMetadata":false,)"
      R"("chunk":{"headChunkBytes":0,"headChunkLines":0,"decompressedBytes":300,)"
      R"("decompressedLines":30,"compressedBytes":70,"totalDuplicates":2,"postFilterLines":7,)"
      R"("headChunkStructuredMetadataBytes":0,"decompressedStructuredMetadataBytes":0},)"
      R"("chunkRefsFetchTime":0,"congestionControlLatency":0,"pipelineWrapperFilteredLines":0}},)"
      R"("ingester":{"totalReached":1,"totalChunksMatched":3,"totalBatches":0,)"
      R"("totalLinesSent":17,"store":{"totalChunksRef":2,"totalChunksDownloaded":1,)"
      R"("chunksDownloadTime":300,"queryReferencedStructuredMetadata":true,)"
      R"("chunk":{"headChunkBytes":100,"headChunkLines":10,"decompressedBytes":200,)"
      R"("decompressedLines":20,"compressedBytes":20,"totalDuplicates":0,"postFilterLines":17,)"
      R"("headChunkStructuredMetadataBytes":5,"decompressedStructuredMetadataBytes":6},)"
      R"("chunkRefsFetchTime":0,"congestionControlLatency":0,"pipelineWrapperFilteredLines":0}},)"
      R"("cache":{"chunk":{"entriesFound":4,"entriesRequested":6,"entriesStored":2,)"
      R"("bytesReceived":400,"bytesSent":200,"requests":8,"downloadTime":0,"queryLengthServed":0})";
  for (const char* name : {"index", "result", "statsResult", "volumeResult", "seriesResult",
                           "labelResult", "instantMetricResult"})
    want += std::string(",\"") + name + "\":" + empty_cache;
  want += R"(},"index":{"totalChunks":43,"postFilterChunks":6,"shardsDuration":0,)"
          R"("usedBloomFilters":false},"narfi":{"streams":4,"runs":43,"runsRead":5,)"
          R"("runsSkippedByText":37,"runsSkippedByLimit":0,"runsFromCounts":0,"duplicates":2}})";
  CHECK(out == want);
}

}  // namespace
}  // namespace narfi::server
