#!/usr/bin/env python3
"""What the `stats` of answers say of a data set whose numbers are known: lines and bytes of heads under ingester, of
segments under querier.store, what the block cache had, and the sum of it all."""
import time

import harness
from harness import check

STREAMS, LINES = 3, 40
LINE = '{"n":%d,"text":"%s"}'
METADATA = {"trace": "t123"}
# Of a line, what is stored of its metadata, with the level that narfid finds.
METADATA_BYTES = len("trace" + "t123" + "detected_level" + "unknown")


def entries(now, first):
    return [(now + n, LINE % (first + n, "x" * 100), METADATA) for n in range(LINES)]


def push(server, now, first=0):
    for stream in range(STREAMS):
        check(server.push({"app": "stats", "stream": str(stream)}, entries(now, first)).status == 204, "a push")


def bytes_of(first):
    return STREAMS * sum(len(LINE % (first + n, "x" * 100)) + METADATA_BYTES for n in range(LINES))


def stats(server, query, path="query_range", **more):
    now = time.time_ns()
    window = {"start": now - harness.HOUR_NS, "end": now + harness.HOUR_NS, "limit": 1000}
    answer = server.get("/loki/api/v1/" + path, query=query, **({} if path == "query" else window), **more)
    check(answer.status == 200, query, answer)
    return answer.json()["data"]["stats"]


def totals(said, lines, of_bytes, returned, matched=None):
    summary = said["summary"]
    check(summary["totalLinesProcessed"] == lines, "all lines", summary)
    check(summary["totalBytesProcessed"] == of_bytes, "their bytes, %d" % of_bytes, summary)
    check(summary["totalEntriesReturned"] == returned, "entries", summary)
    check(summary["totalPostFilterLines"] == (returned if matched is None else matched), "that passed", summary)
    check(summary["totalStructuredMetadataBytesProcessed"] == lines * METADATA_BYTES, "metadata", summary)
    check(0 < summary["execTime"] < 60 and 0 <= summary["queueTime"] < 60, "times", summary)
    check(summary["linesProcessedPerSecond"] <= lines / summary["execTime"] + 1, "a rate", summary)


def head_lines(said):
    chunk = said["ingester"]["store"]["chunk"]
    return chunk["headChunkLines"] + chunk["decompressedLines"]


def from_heads(server):
    lines = STREAMS * LINES
    said = stats(server, '{app="stats"}')
    totals(said, lines, bytes_of(0), lines)
    check(head_lines(said) == lines and said["ingester"]["totalChunksMatched"] == STREAMS and
          said["ingester"]["totalLinesSent"] == lines, "all of it is in heads", said["ingester"])
    store = said["querier"]["store"]
    check(store["chunk"]["decompressedLines"] == 0 and store["totalChunksRef"] == 0, "and no segment has any", store)
    check(said["index"]["totalChunks"] == said["narfi"]["runs"] == STREAMS, "a run for each stream", said)


def from_segments(server):
    lines = STREAMS * LINES
    said = stats(server, '{app="stats"}')
    totals(said, lines, bytes_of(0), lines)
    check(head_lines(said) == 0 and said["ingester"]["totalChunksMatched"] == 0, "no head has any", said["ingester"])
    store = said["querier"]["store"]
    check(store["totalChunksRef"] == store["totalChunksDownloaded"] == STREAMS, "a run for each stream", store)
    chunk = store["chunk"]
    check(chunk["decompressedLines"] == chunk["postFilterLines"] == lines and
          chunk["decompressedBytes"] == bytes_of(0), "all of it is in segments", chunk)
    check(0 < chunk["compressedBytes"] < bytes_of(0) and store["chunksDownloadTime"] > 0, "which were read", store)
    cache = said["cache"]["chunk"]
    check(cache["entriesStored"] > 0 and cache["bytesSent"] > 0, "and are remembered", cache)
    check(cache["requests"] == cache["entriesRequested"] + cache["entriesStored"], "requests", cache)
    held = float(server.get("/metrics").text.split("narfi_block_cache_bytes ")[-1].split("\n")[0])
    check(held >= cache["bytesSent"], "as the metric says", held, cache)
    again = stats(server, '{app="stats"}')
    totals(again, lines, bytes_of(0), lines)
    cache = again["cache"]["chunk"]
    check(cache["entriesFound"] == cache["entriesRequested"] > 0 and cache["entriesStored"] == 0 and
          cache["bytesReceived"] > 0, "all of it, the second time", cache)
    check(again["querier"]["store"]["chunk"]["compressedBytes"] == 0, "so that nothing is read", again["querier"])


def from_both(server):
    """More lines of the same streams, later ones: in heads, while the others are in segments."""
    lines = STREAMS * LINES
    said = stats(server, '{app="stats"}')
    totals(said, 2 * lines, bytes_of(0) + bytes_of(1000), 2 * lines)
    check(head_lines(said) == said["querier"]["store"]["chunk"]["decompressedLines"] == lines, "half each", said)
    said = stats(server, '{app="stats", stream="1"} | trace="none"')
    check(said["summary"]["totalEntriesReturned"] == said["summary"]["totalPostFilterLines"] == 0 and
          said["summary"]["totalLinesProcessed"] == 2 * LINES, "a filter that nothing passes", said["summary"])
    said = stats(server, 'sum(count_over_time({app="stats"} |= "xx" [1h]))', "query")
    check(said["summary"]["totalPostFilterLines"] == 2 * lines and said["summary"]["totalEntriesReturned"] == 1, "a metric", said)


def sealed(server, now):
    """Lines of heads move from rows to row groups, and are all of them counted meanwhile."""
    count = 70_000
    for first in range(0, count, 10_000):
        entries = [(now + n, '{"n":%d}' % n) for n in range(first, first + 10_000)]
        check(server.push({"app": "sealed"}, entries).status == 204, "a push")

    def packed_lines():
        said = stats(server, 'sum(count_over_time({app="sealed"} | json | n >= 0 [1h]))', "query")
        check(head_lines(said) == said["summary"]["totalLinesProcessed"] == count, "every line, once", said)
        return said["ingester"]["store"]["chunk"]["decompressedLines"]

    harness.until(lambda: packed_lines() > 0, 30, "lines are in sealed row groups")


def main():
    now = time.time_ns() - 60 * 10**9
    with harness.folder() as folder, harness.Narfid(folder) as server:
        push(server, now)
        from_heads(server)
        server.flush()
        from_segments(server)
        push(server, now + 30 * 10**9, 1000)
        from_both(server)
        sealed(server, now)


if __name__ == "__main__":
    main()
