// Columns of text, open: pages under zstd.
#include <algorithm>

#include "base/bytes.h"
#include "storage/column_node.h"
#include "storage/gram_filter.h"

namespace narfi::storage {
namespace {

constexpr uint64_t kMaxTextPages = UINT16_MAX;  // the cache knows pages by 16 bits
// More text than this is bound by its length: to read it all would take too long.
constexpr uint64_t kMaxMeasured = 32 << 10;
constexpr uint64_t kHasEmpty = uint64_t{1} << 52;  // and a column's number: what the cache knows

struct TextPage {
  std::shared_ptr<const std::string> bytes;
  std::vector<uint32_t> ends;  // of each value, in bytes; the text begins at `begin`
  uint32_t begin = 0;

  std::string_view At(size_t i) const {
    const uint32_t from = i == 0 ? begin : ends[i - 1];
    return std::string_view(*bytes).substr(from, ends[i] - from);
  }
};

class TextNode final : public ColumnNode {
 public:
  TextNode(const ColumnInfo& info, const BlobStore& blobs, uint64_t number)
      : ColumnNode(info.values), blobs_(blobs), first_blob_(info.first_blob), number_(number) {}

  bool Open(const ColumnInfo& info) {
    ByteReader params(info.params);
    const std::string_view seen = params.Bytes(32);
    for (size_t i = 0; i < seen.size() * 8; ++i)
      alphabet_[i] = (static_cast<uint8_t>(seen[i / 8]) >> (i % 8) & 1) != 0;
    max_length_ = params.Varint();
    const uint64_t pages = params.Count();
    uint64_t rows = 0;
    for (uint64_t i = 0; i < pages; ++i) {
      starts_.push_back(static_cast<uint32_t>(rows));
      const uint64_t count = params.Varint();
      rows += count;
      if (count == 0 || rows > values()) return false;
    }
    starts_.push_back(static_cast<uint32_t>(rows));
    pages_ = static_cast<uint32_t>(pages);
    has_filter_ = info.blobs == pages + 1;
    return params.ok() && params.done() && rows == values() && pages <= kMaxTextPages &&
           (info.blobs == pages || has_filter_);
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink& sink,
               std::string_view* out) const override {
    std::shared_ptr<const TextPage> page;
    size_t number = SIZE_MAX;
    for (size_t i = 0; i < places.size(); ++i) {
      if (number == SIZE_MAX || places[i] < starts_[number] || places[i] >= starts_[number + 1]) {
        number = static_cast<size_t>(std::upper_bound(starts_.begin(), starts_.end(), places[i]) -
                                     starts_.begin()) -
                 1;
        NARFI_ASSIGN(page, Page(number));
        sink.pins.push_back(page);
      }
      out[i] = page->At(places[i] - starts_[number]);
    }
    return {};
  }

  Result<bool> HasEmpty() const override {
    const auto look = [&]() -> Result<std::shared_ptr<const bool>> {
      bool found = false;
      for (size_t number = 0; number + 1 < starts_.size() && !found; ++number) {
        NARFI_ASSIGN(const auto page, Page(number));
        for (size_t i = 0; i < page->ends.size() && !found; ++i) found = page->At(i).empty();
      }
      return std::make_shared<const bool>(found);
    };
    NARFI_ASSIGN(const auto found, blobs_.Remember<bool>(kHasEmpty + number_, look,
                                                         [](bool) { return sizeof(bool); }));
    return *found;
  }

  Result<ByteRuns> Runs(const ByteSet& of) const override {
    NARFI_ASSIGN(const ByteRuns bound, ColumnNode::Runs(of));
    if (bound.longest == 0 || values() > kMaxMeasured) return bound;
    uint64_t bytes = 0;
    for (uint32_t page = 0; page < pages_; ++page)
      bytes += blobs_.UnpackedBytes(first_blob_ + page);
    if (bytes > kMaxMeasured) return bound;
    RunMeter meter(of);
    for (size_t number = 0; number < pages_; ++number) {
      NARFI_ASSIGN(const auto page, Page(number));
      for (size_t i = 0; i < page->ends.size(); ++i) {
        meter.AddText(page->At(i));
        meter.EndText();
      }
    }
    return meter.runs();
  }

  Status Find(const TextNeedle& needle, std::span<const int64_t>, RowSet& sure,
              RowSet&) const override {
    if (!needle.folded && has_filter_ && needle.text.size() >= kGramBytes) {
      NARFI_ASSIGN(const auto filter, blobs_.Get(first_blob_ + pages_));
      if (!MayHoldGrams(*filter, needle.text)) return {};
    }
    // Odd letters are looked for value by value.
    const bool is_odd = needle.folded && HasOddLetters(needle.text) &&
                        (HasByte(alphabet_, kFirstOfKelvin) || HasByte(alphabet_, kFirstOfLongS));
    for (size_t number = 0; number + 1 < starts_.size(); ++number) {
      NARFI_ASSIGN(const auto page, Page(number));
      if (!is_odd) {
        FindIn(*page, needle, starts_[number], sure);
        continue;
      }
      for (uint32_t i = 0; i < page->ends.size(); ++i) {
        if (needle.MayBeIn(page->At(i))) sure.Add(starts_[number] + i);
      }
    }
    return {};
  }

 private:
  // Over the whole page, not value by value: most of them have none.
  static void FindIn(const TextPage& page, const TextNeedle& needle, uint32_t first, RowSet& sure) {
    const std::string_view all = *page.bytes;
    size_t at = page.begin;
    for (;;) {
      const size_t begin =
          needle.folded ? FindLower(all, needle.text, at) : FindText(all, needle.text, at);
      if (begin == std::string_view::npos) return;
      const auto value = static_cast<size_t>(
          std::upper_bound(page.ends.begin(), page.ends.end(), begin) - page.ends.begin());
      if (value >= page.ends.size()) return;
      if (begin + needle.text.size() <= page.ends[value]) {
        sure.Add(first + static_cast<uint32_t>(value));
        at = page.ends[value];
      } else {
        at = begin + 1;
      }
    }
  }

  Result<std::shared_ptr<const TextPage>> Page(size_t number) const {
    const auto make = [&]() -> Result<std::shared_ptr<const TextPage>> {
      auto page = std::make_shared<TextPage>();
      NARFI_ASSIGN(page->bytes, blobs_.Get(first_blob_ + static_cast<uint32_t>(number)));
      ByteReader reader(*page->bytes);
      const uint32_t count = starts_[number + 1] - starts_[number];
      if (count > page->bytes->size()) return BadColumn();
      uint64_t sum = 0;
      for (uint32_t i = 0; i < count; ++i) {
        sum += reader.Varint();
        if (sum > page->bytes->size()) return BadColumn();
        page->ends.push_back(static_cast<uint32_t>(sum));
      }
      if (!reader.ok() || reader.remaining() != sum) return BadColumn();
      page->begin = static_cast<uint32_t>(page->bytes->size() - sum);
      for (uint32_t& end : page->ends) end += page->begin;
      return std::shared_ptr<const TextPage>(std::move(page));
    };
    return blobs_.Remember<TextPage>(
        2 * ((number_ << 16) + number) + 2, make,
        [](const TextPage& page) { return page.ends.size() * sizeof(uint32_t); });
  }

  const BlobStore& blobs_;
  const uint32_t first_blob_;
  const uint64_t number_;
  uint32_t pages_ = 0;
  bool has_filter_ = false;       // its blob comes after the pages
  std::vector<uint32_t> starts_;  // first value of each page, and the end
};

}  // namespace

std::unique_ptr<ColumnNode> OpenText(const ColumnInfo& info, const BlobStore& blobs,
                                     uint64_t number) {
  auto node = std::make_unique<TextNode>(info, blobs, number);
  return node->Open(info) ? std::move(node) : nullptr;
}

}  // namespace narfi::storage
