// What the tests of the engine share: an engine on a machine that can fail, pushes, and what is
// there.
//
// Threads: free functions without state.
#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "ingest/engine.h"
#include "storage/merged_rows.h"
#include "tests/support/faulty_fs.h"
#include "tests/support/temp_folder.h"

namespace narfi::ingest {

using testing::FaultyFileSystem;

inline constexpr int64_t kNow = 1'795'132'800'000'000'000;

// An engine whose index lies in a folder of its own for each opening, unless it keeps it: it is
// always made anew.
struct Machine {
  FaultyFileSystem fs;
  ManualClock clock{kNow};
  config::TenantLimits limits;
  testing::TempFolder folder;
  int openings = 0;
  bool keeps_index = false;
  uint64_t wal_file_bytes = 64 << 20;
  MergeRules merge_rules;
  uint64_t merge_sync_bytes = 4 << 20;
  uint64_t retention_disk_bytes = 0;

  Result<std::unique_ptr<Engine>> Open(bool has_flusher = false) {
    Engine::Options options;
    options.root = "/data";
    options.index_folder = folder.path() + "/index" + std::to_string(keeps_index ? 0 : openings++);
    options.has_flusher = has_flusher;
    options.wal_file_bytes = wal_file_bytes;
    options.merge_rules = merge_rules;
    options.merge_sync_bytes = merge_sync_bytes;
    options.retention_disk_bytes = retention_disk_bytes;
    return Engine::Open(options, limits, fs, clock);
  }
};

inline PushAnswer Push(Engine& engine, const std::string& tenant, const std::string& body) {
  std::promise<PushAnswer> answer;
  engine.Push(tenant, "application/json", "", body,
              [&](PushAnswer a) { answer.set_value(std::move(a)); });
  return answer.get_future().get();
}

inline std::string Body(const std::string& app, int64_t time_ns, const std::string& line) {
  return fmt::format(R"({{"streams":[{{"stream":{{"app":"{}"}},"values":[["{}","{}"]]}}]}})", app,
                     time_ns, line);
}

// Every entry of the tenant, "app@time line", with how often it is there.
inline std::map<std::string, int> Entries(Engine& engine, const std::string& tenant) {
  std::map<std::string, int> out;
  const auto snapshot = engine.TakeSnapshot({tenant, {}, INT64_MIN, INT64_MAX, nullptr});
  REQUIRE(snapshot.has_value());
  std::map<StreamId, std::vector<storage::RunRef>> streams;
  for (const storage::RunRef& run : snapshot->runs) streams[run.info().id].push_back(run);
  for (const auto& [id, runs] : streams) {
    storage::MergedRows rows(runs, INT64_MIN, INT64_MAX);
    storage::MergedRows::Row row;
    while (*rows.Next(row))
      ++out[fmt::format("{}@{} {}", runs[0].info().labels->Get("app"), row.time_ns - kNow,
                        row.line)];
  }
  return out;
}

// Rows as they lie there, equal ones counted as often as they do.
inline uint64_t PhysicalRows(Engine& engine, const std::string& tenant) {
  const auto snapshot = engine.TakeSnapshot({tenant, {}, INT64_MIN, INT64_MAX, nullptr});
  REQUIRE(snapshot.has_value());
  uint64_t rows = 0;
  for (const storage::RunRef& run : snapshot->runs) rows += run.info().rows;
  return rows;
}

inline std::vector<std::string> FilesIn(const FaultyFileSystem& fs, const std::string& folder) {
  std::vector<std::string> out;
  for (const std::string& path : fs.Files()) {
    if (path.starts_with("/data/" + folder + "/")) out.push_back(path);
  }
  return out;
}

inline size_t SegmentFiles(const FaultyFileSystem& fs) {
  const auto files = FilesIn(fs, "segments");
  return std::count_if(files.begin(), files.end(),
                       [](const std::string& path) { return path.ends_with(".seg"); });
}

}  // namespace narfi::ingest
