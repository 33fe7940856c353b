#include "storage/verify_segment.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/time.h"
#include "storage/segment_reader.h"

namespace narfi::storage {
namespace {

class ObjectBlocks final : public BlockSource {
 public:
  ObjectBlocks(const Object& object, Hash128 id) : object_(object), id_(id) {}
  Hash128 owner() const override { return id_; }
  Status ReadRaw(BlockRef ref, std::string& dst) const override {
    return object_.Read(ref.offset, ref.length, dst);
  }

 private:
  const Object& object_;
  const Hash128 id_;
};

class SegmentVerifier {
 public:
  SegmentVerifier(const Object& object, const SegmentReader& segment,
                  const VerifyProgress& progress, SegmentReport& report)
      : object_(object),
        segment_(segment),
        blocks_(object, segment.footer().id),
        progress_(progress),
        report_(report) {}

  void Run() {
    CheckHeader();
    FindFooter();
    const std::vector<uint64_t> borders = Borders();
    for (size_t i = 0; i + 1 < borders.size(); ++i) CheckBlocks(borders[i], borders[i + 1]);
    for (size_t i = 0; i < segment_.groups().size(); ++i) CheckGroup(*segment_.groups()[i], i);
  }

 private:
  void Report(std::string text) { report_.problems.push_back(std::move(text)); }
  void Went(uint64_t bytes) {
    done_ += bytes;
    if (progress_) progress_(std::min(done_, 2 * object_.size()), 2 * object_.size());
  }

  // What opening does not look at.
  void CheckHeader() {
    std::string bytes;
    if (const auto read = object_.Read(0, kSegmentHeaderBytes, bytes); !read)
      return Report(read.error().text);
    ByteReader reader(std::string_view(bytes).substr(kSegmentMagic.size()));
    if (reader.U32() != kSegmentVersion || reader.U32() != 0)
      Report("header at 0: damaged version");
  }

  void FindFooter() {
    std::string bytes;
    if (const auto read =
            object_.Read(object_.size() - kSegmentTrailerBytes, kSegmentTrailerBytes, bytes);
        !read)
      return Report(read.error().text);
    footer_at_ = ByteReader(bytes).U64();
    ++report_.blocks;  // opening has read the footer
  }

  // Offsets at which a block is known to begin, so that a bad length does not hide what follows.
  std::vector<uint64_t> Borders() const {
    std::set<uint64_t> borders = {kSegmentHeaderBytes, footer_at_};
    for (const BlockRef head : segment_.footer().dictionaries) {
      if (head.offset > kSegmentHeaderBytes && head.offset < footer_at_)
        borders.insert(head.offset);
    }
    for (const auto& group : segment_.groups()) {
      const RowGroupMeta& meta = group->meta();
      for (const uint64_t at : {meta.start, meta.directory.offset, meta.times.offset,
                                meta.times.offset + meta.times.length}) {
        if (at > kSegmentHeaderBytes && at < footer_at_) borders.insert(at);
      }
    }
    return {borders.begin(), borders.end()};
  }

  // Block after block.
  void CheckBlocks(uint64_t at, uint64_t end) {
    while (at < end) {
      uint32_t length = 0;
      if (!LengthAt(at, end, length)) {
        Report(fmt::format("block at {}: its length does not fit", at));
        return Went(end - at);
      }
      if (const auto block = ReadBlock(blocks_, {at, length}); block) {
        ++report_.blocks;
      } else {
        Report(block.error().text);
      }
      at += length;
      Went(length);
    }
  }

  bool LengthAt(uint64_t at, uint64_t end, uint32_t& length) const {
    constexpr uint64_t kFrame = kBlockHeaderBytes + kBlockTrailerBytes;
    std::string bytes;
    if (end - at < kFrame || !object_.Read(at, 4, bytes)) return false;
    const uint64_t framed = kFrame + ByteReader(bytes).U32();
    if (framed > end - at || framed > UINT32_MAX) return false;
    length = static_cast<uint32_t>(framed);
    return true;
  }

  void CheckGroup(const StoredRowGroup& group, size_t number) {
    const std::string name = fmt::format("row group {}", number);
    uint64_t bad_rows = 0;
    Status first_error;
    for (uint32_t run = 0; run < group.runs().size(); ++run) {
      const StreamRun& info = group.runs()[run];
      report_.rows += info.rows;
      CheckDay(info, name);
      Sums sums;
      for (uint32_t first = 0; first < info.rows; first += kBatchRows) {
        const uint32_t count = std::min(info.rows - first, kBatchRows);
        const auto read = group.Read(run, first, count,
                                     Column::kTime | Column::kLine | Column::kMetadata, batch_);
        if (read) {
          sums.Add(batch_);
        } else {
          if (bad_rows == 0) first_error = read;
          bad_rows += count;
        }
      }
      if (bad_rows == 0) CheckSums(sums, info, name);
    }
    report_.bad_rows += bad_rows;
    if (bad_rows > 0)
      Report(fmt::format("{}: {} of {} rows cannot be read: {}", name, bad_rows,
                         RowsOf(group.meta()), first_error.error().text));
    Went(group.stored_bytes());
  }

  struct Sums {
    uint64_t line_bytes = 0;
    uint64_t metadata_bytes = 0;
    int64_t min_ns = INT64_MAX;
    int64_t max_ns = INT64_MIN;
    bool is_ordered = true;

    void Add(const RowBatch& batch) {
      for (const int64_t time : batch.times) {
        is_ordered = is_ordered && time >= max_ns;
        min_ns = std::min(min_ns, time);
        max_ns = std::max(max_ns, time);
      }
      for (const std::string_view line : batch.lines) line_bytes += line.size();
      for (const MetadataPair& pair : batch.pairs)
        metadata_bytes += pair.name.size() + pair.value.size();
    }
  };

  void CheckSums(const Sums& sums, const StreamRun& info, const std::string& name) {
    const auto say = [&](std::string_view what) {
      Report(fmt::format("{}: the {} of stream {} are not what the footer says", name, what,
                         info.labels->ToString()));
    };
    if (sums.min_ns != info.min_time_ns || sums.max_ns != info.max_time_ns || !sums.is_ordered)
      say("times");
    if (sums.line_bytes != info.line_bytes) say("bytes of lines");
    if (sums.metadata_bytes != info.metadata_bytes) say("bytes of metadata");
  }

  void CheckDay(const StreamRun& info, const std::string& name) {
    const int64_t day = segment_.footer().day;
    if (UtcDay(info.min_time_ns) == day && UtcDay(info.max_time_ns) == day) return;
    Report(fmt::format("{}: stream {} has entries of another day than {}", name,
                       info.labels->ToString(), FormatUtcDay(day)));
  }

  const Object& object_;
  const SegmentReader& segment_;
  const ObjectBlocks blocks_;
  const VerifyProgress& progress_;
  SegmentReport& report_;
  uint64_t footer_at_ = 0;
  uint64_t done_ = 0;
  RowBatch batch_;
};

}  // namespace

SegmentReport VerifySegment(ObjectStore& store, const std::string& name,
                            const VerifyProgress& progress) {
  SegmentReport report;
  PageCache cache(kVerifyCacheBytes);
  const auto fail = [&](const Error& error) {
    report.problems.push_back(error.text);
    report.is_io_error = error.code != Code::kCorrupt;
    return report;
  };
  const auto object = store.Open(name);
  if (!object) return fail(object.error());
  report.file_bytes = (*object)->size();
  const auto segment = SegmentReader::Open(store, name, &cache);
  if (!segment) return fail(segment.error());
  report.footer = (*segment)->footer();
  SegmentVerifier(**object, **segment, progress, report).Run();
  return report;
}

}  // namespace narfi::storage
