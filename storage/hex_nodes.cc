// Columns of hexadecimal ids, open: their own, or those of the segment's dictionary.
#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/hash.h"
#include "base/text_equal.h"
#include "storage/bloom_blocks.h"
#include "storage/column_node.h"
#include "storage/elias_fano.h"
#include "storage/hex_text.h"
#include "storage/id_dictionary.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

// Fewer ids than this are looked through as quickly.
constexpr uint32_t kIdsWorthFilter = 256;
constexpr size_t kFilterBits = 12;  // an id: three in a thousand are looked for in vain
constexpr uint64_t kFilterNumber = uint64_t{1} << 51;

uint64_t HashId(std::string_view id) { return Hash64(id); }

// What texts of the pattern are made of.
ByteSet BytesOf(const HexPattern& pattern) {
  ByteSet bytes;
  AddBytes(bytes, pattern.digits());
  for (const char c : pattern.pattern()) {
    if (c != '\0') bytes.set(static_cast<uint8_t>(c));
  }
  return bytes;
}

// Of texts of the pattern.
uint64_t LongestRun(const HexPattern& pattern, const ByteSet& of) {
  const bool has_digits = std::any_of(pattern.digits().begin(), pattern.digits().end(),
                                      [&](char digit) { return HasByte(of, digit); });
  RunMeter meter(of);
  for (const char c : pattern.pattern()) {
    if (c == '\0') {
      meter.AddValue({has_digits ? uint64_t{1} : 0, 0});
    } else {
      meter.AddText(std::string_view(&c, 1));
    }
  }
  meter.EndText();
  return meter.runs().longest;
}

// The ids that hold the needle; false when only their texts tell.
bool AreKnown(const HexPattern& pattern, const TextNeedle& needle, std::vector<std::string>& ids) {
  return !needle.folded && pattern.IdsWith(needle.text, ids);
}

class HexNode final : public ColumnNode {
 public:
  HexNode(const ColumnInfo& info, const BlobStore& blobs, uint64_t number)
      : ColumnNode(info.values), blobs_(blobs), first_blob_(info.first_blob), number_(number) {}

  bool Open(const ColumnInfo& info) {
    ByteReader params(info.params);
    const uint8_t flags = params.U8();
    pattern_ = HexPattern(params.String(), (flags & 1) != 0);
    is_sorted_ = (flags & 2) != 0;
    if (!params.ok() || flags > 3 || pattern_.text_bytes() > kMaxHexText || pattern_.nibbles() == 0)
      return false;
    const size_t pages = is_sorted_ ? (values() + kHexPage - 1) / kHexPage : 1;
    if (info.blobs != pages) return false;
    if (is_sorted_) keys_ = IdPageKeys(params.Bytes(pages * 8));
    alphabet_ = BytesOf(pattern_);
    max_length_ = pattern_.text_bytes();
    return params.ok() && params.done();
  }

  // There are digits in each.
  Result<bool> HasEmpty() const override { return false; }
  Result<ByteRuns> Runs(const ByteSet& of) const override {
    return ByteRuns{LongestRun(pattern_, of), 0};
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink& sink,
               std::string_view* out) const override {
    char* at = sink.Allocate(pattern_.text_bytes() * places.size());
    if (at == nullptr) return BadColumn();
    std::shared_ptr<const std::string> page;
    size_t page_number = SIZE_MAX;
    for (size_t i = 0; i < places.size(); ++i) {
      const size_t number = is_sorted_ ? places[i] / kHexPage : 0;
      if (number != page_number) {
        NARFI_ASSIGN(page, Page(number));
        page_number = number;
      }
      const size_t within = is_sorted_ ? places[i] % kHexPage : places[i];
      out[i] = {at, pattern_.text_bytes()};
      at = pattern_.Print(at, page->data() + within * pattern_.id_bytes());
    }
    return {};
  }

  Status Find(const TextNeedle& needle, std::span<const int64_t> times, RowSet& sure,
              RowSet& maybe) const override {
    std::vector<std::string> ids;
    if (!AreKnown(pattern_, needle, ids)) return ColumnNode::Find(needle, times, sure, maybe);
    for (const std::string& id : ids) NARFI_TRY(FindId(id, sure));
    return {};
  }

  bool FindsAtOnce(const TextNeedle& needle) const override {
    std::vector<std::string> ids;
    return AreKnown(pattern_, needle, ids);
  }

 private:
  Status FindId(const std::string& id, RowSet& sure) const {
    if (!is_sorted_) {
      NARFI_ASSIGN(const bool may_hold, MayHoldId(id));
      return may_hold ? FindIn(0, id, sure) : Status();
    }
    const uint64_t key = IdKey(id);
    for (size_t page = keys_.FirstOf(key); page < keys_.pages() && keys_.At(page) <= key; ++page)
      NARFI_TRY(FindIn(page, id, sure));
    return {};
  }

  // False only when no value is `id`. Ids in no order are in no index: a filter of them, made when
  // they are first read, is a tenth of their size.
  Result<bool> MayHoldId(std::string_view id) const {
    if (values() < kIdsWorthFilter) return true;
    const auto make = [&]() -> Result<std::shared_ptr<const std::string>> {
      NARFI_ASSIGN(const auto ids, Page(0));
      std::string filter = MakeBloom(values(), kFilterBits);
      for (size_t at = 0; at < ids->size(); at += id.size())
        AddToBloom(filter, HashId(std::string_view(*ids).substr(at, id.size())));
      return std::make_shared<const std::string>(std::move(filter));
    };
    NARFI_ASSIGN(const auto filter,
                 blobs_.Remember<std::string>(kFilterNumber + number_, make,
                                              [](const std::string& made) { return made.size(); }));
    return MayBeInBloom(*filter, HashId(id));
  }

  Result<std::shared_ptr<const std::string>> Page(size_t number) const {
    NARFI_ASSIGN(auto page, blobs_.Get(first_blob_ + static_cast<uint32_t>(number)));
    const size_t ids =
        is_sorted_ ? std::min<size_t>(kHexPage, values() - number * kHexPage) : values();
    if (page->size() != ids * pattern_.id_bytes()) return BadColumn();
    return page;
  }

  Status FindIn(size_t number, const std::string& id, RowSet& sure) const {
    NARFI_ASSIGN(const auto page, Page(number));
    const auto first = static_cast<uint32_t>(is_sorted_ ? number * kHexPage : 0);
    for (size_t at = 0; at < page->size(); at += id.size()) {
      if (EqualBytes(page->data() + at, id.data(), id.size()))
        sure.Add(first + static_cast<uint32_t>(at / id.size()));
    }
    return {};
  }

  const BlobStore& blobs_;
  const uint32_t first_blob_;
  const uint64_t number_;
  HexPattern pattern_;
  IdPageKeys keys_;
  bool is_sorted_ = false;
};

// Those that follow one another are read in one go, others in one pass in their order.
std::vector<uint64_t> NumbersAt(const EliasFano& numbers, std::span<const uint32_t> places) {
  std::vector<uint64_t> out(places.size());
  if (places.empty()) return out;
  const auto is_gap = [](uint32_t a, uint32_t b) { return b != a + 1; };
  if (std::adjacent_find(places.begin(), places.end(), is_gap) == places.end()) {
    size_t next = 0;
    numbers.ForEach(places[0], static_cast<uint32_t>(places.size()),
                    [&](uint64_t number) { out[next++] = number; });
    return out;
  }
  std::vector<std::pair<uint32_t, uint32_t>> sorted(places.size());
  for (uint32_t i = 0; i < places.size(); ++i) sorted[i] = {places[i], i};
  std::sort(sorted.begin(), sorted.end());
  std::vector<uint32_t> indexes(places.size());
  for (size_t i = 0; i < indexes.size(); ++i) indexes[i] = sorted[i].first;
  numbers.ForEachOf(indexes, [&](size_t i, uint64_t number) { out[sorted[i].second] = number; });
  return out;
}

// Which ids of the dictionary a row group has, ascending.
class SharedHexNode final : public ColumnNode {
 public:
  SharedHexNode(const ColumnInfo& info, const BlobStore& blobs)
      : ColumnNode(info.values), blobs_(blobs), first_blob_(info.first_blob) {}

  // The pattern is said here once more, so that the dictionary is opened when it is needed alone.
  bool Open(const ColumnInfo& info) {
    if (!ids_.Read(info) || blobs_.ids() == nullptr || ids_.dictionary >= blobs_.ids()->size())
      return false;
    alphabet_ = BytesOf(ids_.pattern);
    max_length_ = ids_.pattern.text_bytes();
    return true;
  }

  Result<ByteRuns> Runs(const ByteSet& of) const override {
    return ByteRuns{0, LongestRun(ids_.pattern, of)};
  }

  // There are digits in each.
  Result<bool> HasEmpty() const override { return false; }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink& sink,
               std::string_view* out) const override {
    NARFI_ASSIGN(const auto dictionary, Dictionary());
    NARFI_ASSIGN(const auto blob, blobs_.Get(first_blob_));
    NARFI_ASSIGN(const EliasFano numbers, Numbers(*blob));
    char* at = sink.Allocate(ids_.pattern.text_bytes() * places.size());
    if (at == nullptr) return BadColumn();
    std::shared_ptr<const std::string> page;
    uint64_t page_number = UINT64_MAX;
    const std::vector<uint64_t> wanted = NumbersAt(numbers, places);
    for (size_t i = 0; i < places.size(); ++i) {
      const uint64_t number = wanted[i];
      if (number >= dictionary->count()) return BadColumn();
      if (number / kIdPage != page_number) {
        page_number = number / kIdPage;
        NARFI_ASSIGN(page, dictionary->Page(static_cast<uint32_t>(page_number)));
      }
      out[i] = {at, ids_.pattern.text_bytes()};
      at = ids_.pattern.Print(at, page->data() + number % kIdPage * ids_.pattern.id_bytes());
    }
    return {};
  }

  Status Find(const TextNeedle& needle, std::span<const int64_t> times, RowSet& sure,
              RowSet& maybe) const override {
    std::vector<std::string> ids;
    if (!AreKnown(ids_.pattern, needle, ids)) return ColumnNode::Find(needle, times, sure, maybe);
    for (const std::string& id : ids) NARFI_TRY(FindId(id, sure));
    return {};
  }

  bool FindsAtOnce(const TextNeedle& needle) const override {
    std::vector<std::string> ids;
    return AreKnown(ids_.pattern, needle, ids);
  }

 private:
  Status FindId(const std::string& id, RowSet& sure) const {
    NARFI_ASSIGN(const auto dictionary, Dictionary());
    NARFI_ASSIGN(const std::optional<uint32_t> number, dictionary->Find(id));
    if (!number || *number < ids_.first || *number > ids_.last) return {};
    NARFI_ASSIGN(const auto blob, blobs_.Get(first_blob_));
    NARFI_ASSIGN(const EliasFano numbers, Numbers(*blob));
    const uint32_t place = numbers.CountBelow(*number);
    if (place < numbers.count() && numbers.At(place) == *number) sure.Add(place);
    return {};
  }

  Result<std::shared_ptr<const IdDictionary>> Dictionary() const {
    NARFI_ASSIGN(auto dictionary, blobs_.ids()->Get(ids_.dictionary));
    if (dictionary->pattern().pattern() != ids_.pattern.pattern() ||
        dictionary->pattern().is_upper() != ids_.pattern.is_upper())
      return BadColumn();
    return dictionary;
  }
  Result<EliasFano> Numbers(std::string_view blob) const {
    EliasFano numbers;
    if (!numbers.Open(blob, ids_.first, ids_.last, values()) || !blob.empty()) return BadColumn();
    return numbers;
  }

  const BlobStore& blobs_;
  const uint32_t first_blob_;
  SharedIds ids_;
};

}  // namespace

bool SharedIds::Read(const ColumnInfo& info) {
  ByteReader params(info.params);
  const uint64_t number = params.Varint();
  const bool is_upper = params.U8() == 1;
  pattern = HexPattern(params.String(), is_upper);
  first = params.Varint();
  last = first + params.Varint();
  dictionary = static_cast<uint32_t>(number);
  return params.ok() && params.done() && number <= UINT32_MAX && first <= last &&
         last <= UINT32_MAX && info.values > 0 && info.blobs == 1 && pattern.nibbles() > 0 &&
         pattern.text_bytes() <= kMaxHexText;
}

Status SharedIds::ForEach(const ColumnInfo& info, const BlobStore& blobs,
                          const std::function<void(uint64_t)>& take) const {
  NARFI_ASSIGN(const auto blob, blobs.Get(info.first_blob));
  std::string_view bytes = *blob;
  EliasFano numbers;
  if (!numbers.Open(bytes, first, last, info.values) || !bytes.empty()) return BadColumn();
  numbers.ForEach(0, info.values, take);
  return {};
}

std::unique_ptr<ColumnNode> OpenHex(const ColumnInfo& info, const BlobStore& blobs,
                                    uint64_t number) {
  auto node = std::make_unique<HexNode>(info, blobs, number);
  return node->Open(info) ? std::move(node) : nullptr;
}

std::unique_ptr<ColumnNode> OpenSharedHex(const ColumnInfo& info, const BlobStore& blobs) {
  auto node = std::make_unique<SharedHexNode>(info, blobs);
  return node->Open(info) ? std::move(node) : nullptr;
}

}  // namespace narfi::storage
