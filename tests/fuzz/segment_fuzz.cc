// What lies in segments: the first byte chooses a kind of page, the footer, or a whole file; the
// rest are the bytes. Checksums are taken over what comes, so that the readers behind them are
// reached.
#include <cstdint>
#include <cstdlib>

#include "base/bytes.h"
#include "base/hash.h"
#include "storage/line_page.h"
#include "storage/page.h"
#include "storage/segment_reader.h"

namespace {

namespace storage = narfi::storage;

class BytesObject final : public storage::Object {
 public:
  explicit BytesObject(std::string bytes) : bytes_(std::move(bytes)) {}
  uint64_t size() const override { return bytes_.size(); }
  narfi::Status Read(uint64_t offset, size_t count, std::string& dst) const override {
    if (offset > bytes_.size() || count > bytes_.size() - offset)
      return narfi::Fail(narfi::Code::kCorrupt, "past the end");
    dst.assign(bytes_, offset, count);
    return {};
  }

 private:
  const std::string bytes_;
};

class OneObject final : public storage::ObjectStore {
 public:
  explicit OneObject(std::string bytes)
      : object_(std::make_shared<const BytesObject>(std::move(bytes))) {}
  narfi::Result<std::unique_ptr<storage::ObjectWriter>> Create(const std::string&) override {
    std::abort();
  }
  narfi::Result<std::shared_ptr<const storage::Object>> Open(const std::string&) override {
    return object_;
  }
  narfi::Result<std::vector<std::string>> List() override { std::abort(); }
  narfi::Status Remove(const std::string&) override { std::abort(); }

 private:
  const std::shared_ptr<const storage::Object> object_;
};

// A segment with this footer and no blocks before it.
std::string FileWithFooter(std::string_view footer, narfi::Hash128 id) {
  std::string file(storage::kSegmentMagic);
  narfi::PutU32(file, storage::kSegmentVersion);
  narfi::PutU32(file, 0);
  narfi::PutU64(file, id.high);
  narfi::PutU64(file, id.low);
  storage::BlockWriter blocks(id, storage::kSegmentHeaderBytes);
  const storage::BlockRef ref = blocks.Append(footer, 0);
  file += blocks.bytes();
  std::string trailer;
  narfi::PutU64(trailer, ref.offset);
  narfi::PutU32(trailer, ref.length);
  narfi::PutU32(trailer, storage::kSegmentVersion);
  narfi::PutU64(trailer, narfi::Hash64(trailer));
  return file + trailer + std::string(storage::kSegmentMagic);
}

void ReadEverything(std::string bytes) {
  OneObject store(std::move(bytes));
  const auto segment = storage::SegmentReader::Open(store, "x", nullptr);
  if (!segment) return;
  storage::RowBatch batch;
  for (const auto& group : (*segment)->groups()) {
    for (uint32_t run = 0; run < group->runs().size(); ++run) {
      const uint32_t rows = std::min(group->runs()[run].rows, storage::kBatchRows);
      static_cast<void>(group->Read(
          run, 0, rows,
          storage::Column::kTime | storage::Column::kLine | storage::Column::kMetadata, batch));
      static_cast<void>(group->MayContain(run, " word "));
    }
  }
}

std::vector<int64_t> TimesFor(uint32_t rows) {
  std::vector<int64_t> times(rows);
  for (uint32_t i = 0; i < rows; ++i) times[i] = 1'795'651'200'000'000'000 + i * 1'000'003LL;
  return times;
}

// Lines, whatever they are, come back as they were.
void SplitAndJoin(std::string_view text) {
  std::vector<std::string_view> lines;
  for (size_t at = 0; at <= text.size() && lines.size() < storage::kBatchRows;) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const auto rows = static_cast<uint32_t>(lines.size());
  const auto times = TimesFor(rows);
  const auto page = storage::DecodeLines(storage::EncodeLines(lines, times, 1), rows, times);
  if (!page || (*page)->lines != lines) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 3, size - 3);
  const uint32_t rows = data[1] + 256u * data[2];
  switch (data[0] % 7) {
    case 0:
      static_cast<void>(storage::DecodeTimes(bytes, rows));
      break;
    case 1:
      static_cast<void>(storage::DecodePlainLines(std::string(bytes), rows));
      break;
    case 2:
      static_cast<void>(storage::DecodeMetadata(std::string(bytes), rows));
      break;
    case 3: {
      // A footer that decodes must encode to something that decodes to the same.
      const auto footer = storage::DecodeFooter(bytes);
      if (footer && !storage::DecodeFooter(storage::EncodeFooter(*footer))) std::abort();
      if (footer) ReadEverything(FileWithFooter(bytes, footer->id));
      break;
    }
    case 5:
      static_cast<void>(storage::DecodeLines(bytes, rows, TimesFor(rows)));
      break;
    case 6:
      SplitAndJoin(bytes);
      break;
    default:
      ReadEverything(std::string(bytes));
  }
  return 0;
}
