// A storage::Source of entries in memory, for tests of the query engine.
//
// Entries are cut into row groups as the test asks: in order, or scattered so that runs of a stream
// overlap, some entries twice. Readers count what is asked of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "storage/source.h"
#include "storage/visible_rows.h"

namespace narfi::query_test {

struct TestEntry {
  int64_t time_ns = 0;
  std::string line;
  std::vector<Label> metadata;  // by name
  auto operator<=>(const TestEntry&) const = default;
};

struct TestStream {
  std::string tenant = "fake";
  Labels labels;
  std::vector<TestEntry> entries;
};

// What readers were asked, over all of them.
struct ReadCounts {
  std::atomic<uint64_t> reads{0};
  std::atomic<uint64_t> line_reads{0};
  std::atomic<uint64_t> metadata_reads{0};
  std::atomic<uint64_t> lines_rebuilt{0};  // by groups that have columns
};

struct Layout {
  uint32_t rows_per_run = 1000;
  // Entries go to one of so many row groups at random; more than one makes overlaps.
  uint32_t scatter = 1;
  // Of a hundred entries so many are stored in two row groups.
  uint32_t repeat_percent = 0;
  uint32_t seed = 1;
  storage::Origin origin = storage::Origin::kSegment;
};

class MemorySource final : public storage::Source {
 public:
  void Add(const TestStream& stream, const Layout& layout = {});
  // Row groups of all the streams together, cut by arrival, that answer by columns; of a hundred
  // answers so many are in doubt. With `late_percent` so many entries come a row group late.
  void AddColumnar(const std::vector<TestStream>& streams, uint32_t rows_per_group,
                   uint32_t doubt_percent = 0, uint32_t late_percent = 0, uint32_t seed = 1);

  Result<storage::Snapshot> TakeSnapshot(const storage::Selector& selector) override;
  Result<std::vector<Labels>> Series(const storage::Selector& selector) override;
  std::vector<std::string> Tenants() override;

  ReadCounts& counts() { return *counts_; }
  // Every Read() from now on fails with this.
  void FailReads(Error error) { *failure_ = std::move(error); }
  // From now on snapshots are without these times.
  void set_hidden(std::vector<storage::HiddenTimes> hidden) { hidden_ = std::move(hidden); }
  void set_warning(std::string warning) { warning_ = std::move(warning); }

 private:
  struct Stored {
    std::string tenant;
    std::shared_ptr<const storage::RowGroupReader> group;
  };
  std::vector<Stored> stored_;
  std::shared_ptr<ReadCounts> counts_ = std::make_shared<ReadCounts>();
  std::shared_ptr<Error> failure_ = std::make_shared<Error>();
  std::string warning_;
  std::vector<storage::HiddenTimes> hidden_;
};

}  // namespace narfi::query_test
