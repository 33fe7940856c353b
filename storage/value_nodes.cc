// Columns of numbers, points in time and hexadecimal ids, open.
#include <algorithm>
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "storage/column_node.h"
#include "storage/packed_ints.h"
#include "storage/split_node.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

size_t IntLength(int64_t value) {
  char text[kMaxIntText + 1];
  return static_cast<size_t>(PrintInt(text, value) - text);
}

class NumberNode final : public ColumnNode {
 public:
  NumberNode(const ColumnInfo& info, const BlobStore& blobs)
      : ColumnNode(info.values), form_(info.form), blobs_(blobs), first_blob_(info.first_blob) {}

  bool Open(const ColumnInfo& info) {
    ByteReader params(info.params);
    if (form_ == ColumnForm::kDigits) width_ = params.U8();
    if (form_ == ColumnForm::kTimes) {
      time_.mark = static_cast<char>(params.U8());
      time_.point = static_cast<char>(params.U8());
      time_.zone = params.String();
      relative_ = params.U8() != 0;
      const auto offset = ZoneOffset(time_.zone);
      if (!offset) return false;
      offset_ = *offset;
    }
    if (form_ == ColumnForm::kDecimals || form_ == ColumnForm::kTimes) digits_ = params.U8();
    has_counts_ = digits_ == kDigitsVary;
    const unsigned most = form_ == ColumnForm::kTimes ? kMaxFractionDigits : kMaxDigits;
    if (!ReadPacking(params, packing_) || !params.done() || width_ > kMaxDigits ||
        (!has_counts_ && digits_ > most) || info.blobs != packing_.blobs() + (has_counts_ ? 1 : 0))
      return false;
    SetBounds();
    return true;
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t> times, TextSink& sink,
               std::string_view* out) const override {
    OpenInts numbers;
    NARFI_TRY(OpenBlobs(numbers));
    NARFI_ASSIGN(const auto counts, Counts());
    char* at = sink.Allocate(places.size() * MostBytes());
    if (at == nullptr) return BadColumn();
    if (form_ == ColumnForm::kTimes && relative_ && times.size() != places.size())
      return BadColumn();
    TimePrinter printer(*this);
    for (size_t i = 0; i < places.size(); ++i) {
      char* const begin = at;
      const int64_t value = numbers.ints.At(places[i]);
      const uint8_t digits =
          counts == nullptr ? digits_ : static_cast<uint8_t>((*counts)[places[i]]);
      switch (form_) {
        case ColumnForm::kIntegers:
          at = PrintInt(at, value);
          break;
        case ColumnForm::kDigits:
          at = PrintPadded(at, static_cast<uint64_t>(value), width_);
          break;
        case ColumnForm::kDecimals:
          if (digits > kMaxDigits) return BadColumn();
          at = PrintDecimal(at, {value, digits});
          break;
        default:
          at = printer.Print(at, value, digits, relative_ ? times[i] : 0);
          if (at == nullptr) return BadColumn();
      }
      out[i] = {begin, static_cast<size_t>(at - begin)};
    }
    return {};
  }

  Status Find(std::string_view needle, RowSet& sure, RowSet& maybe) const override {
    if (form_ == ColumnForm::kTimes && relative_) {
      maybe.AddAll();  // the entries' times are not here
      return {};
    }
    return ColumnNode::Find(needle, sure, maybe);
  }

 private:
  // Most points in time share their second with the one before.
  class TimePrinter {
   public:
    explicit TimePrinter(const NumberNode& node) : node_(node), time_(node.time_) {}
    char* Print(char* at, int64_t distance, uint8_t digits, int64_t entry_ns) {
      if (digits > kMaxFractionDigits) return nullptr;
      const int64_t entry = FloorDivide(entry_ns, kPowersOfTen[kMaxFractionDigits - digits]);
      const auto ticks =
          static_cast<int64_t>(static_cast<uint64_t>(entry) + static_cast<uint64_t>(distance));
      const int64_t unit = kPowersOfTen[digits];
      const int64_t utc = FloorDivide(ticks, unit);
      time_.digits = digits;
      time_.fraction = ticks - utc * unit;
      time_.seconds =
          static_cast<int64_t>(static_cast<uint64_t>(utc) + static_cast<uint64_t>(node_.offset_));
      if (!IsPrintable(time_)) return nullptr;
      char* const begin = at;
      if (last_ != nullptr && time_.seconds == printed_) {
        std::memcpy(at, last_, 19);
        at += 19;
        if (digits != 0) {
          *at++ = time_.point;
          at = PrintPadded(at, static_cast<uint64_t>(time_.fraction), digits);
        }
      } else {
        at = PrintTimeText(at, time_);
      }
      printed_ = time_.seconds;
      last_ = begin;
      if (!time_.zone.empty()) std::memcpy(at, time_.zone.data(), time_.zone.size());
      return at + time_.zone.size();
    }

   private:
    const NumberNode& node_;
    TimeText time_;
    int64_t printed_ = 0;
    const char* last_ = nullptr;
  };

  void SetBounds() {
    AddBytes(alphabet_, "0123456789");
    max_length_ = MostBytes();
    const bool has_sign = packing_.low < 0;
    if (form_ == ColumnForm::kTimes) {
      AddBytes(alphabet_, "-:");
      AddBytes(alphabet_, std::string_view(&time_.mark, 1));
      AddBytes(alphabet_, std::string_view(&time_.point, 1));
      AddBytes(alphabet_, time_.zone);
      max_length_ = kMaxTimeText + time_.zone.size();
    } else if (has_sign) {
      AddBytes(alphabet_, "-");
    }
    if (form_ == ColumnForm::kDecimals) AddBytes(alphabet_, ".");
    if (form_ == ColumnForm::kIntegers && packing_.bits < 63) {
      const int64_t high = static_cast<int64_t>(static_cast<uint64_t>(packing_.low) +
                                                ((uint64_t{1} << packing_.bits) - 1));
      if (high >= packing_.low) max_length_ = std::max(IntLength(packing_.low), IntLength(high));
    }
  }

  size_t MostBytes() const {
    if (form_ == ColumnForm::kIntegers) return kMaxIntText;
    if (form_ == ColumnForm::kDigits) return width_;
    if (form_ == ColumnForm::kDecimals) return kMaxIntText + 1 + kMaxDigits;
    return kMaxTimeText + time_.zone.size();
  }

  Status OpenBlobs(OpenInts& numbers) const {
    return numbers.Open(blobs_, first_blob_ + (has_counts_ ? 1 : 0), packing_, values());
  }
  // Of the digits; null when all are alike.
  Result<std::shared_ptr<const std::string>> Counts() const {
    if (!has_counts_) return nullptr;
    NARFI_ASSIGN(auto counts, blobs_.Get(first_blob_));
    if (counts->size() != values()) return BadColumn();
    return counts;
  }

  const ColumnForm form_;
  const BlobStore& blobs_;
  const uint32_t first_blob_;
  IntPacking packing_;
  TimeText time_;
  bool relative_ = false;
  int64_t offset_ = 0;
  unsigned width_ = 0;
  uint8_t digits_ = 0;
  bool has_counts_ = false;
};

class HexNode final : public ColumnNode {
 public:
  HexNode(const ColumnInfo& info, const BlobStore& blobs)
      : ColumnNode(info.values), blobs_(blobs), first_blob_(info.first_blob) {}

  bool Open(const ColumnInfo& info) {
    ByteReader params(info.params);
    const uint8_t flags = params.U8();
    pattern_ = params.String();
    if (!params.ok() || flags > 3 || pattern_.size() > kMaxHexText) return false;
    digits_ = (flags & 1) != 0 ? "0123456789ABCDEF" : "0123456789abcdef";
    is_sorted_ = (flags & 2) != 0;
    nibbles_ = static_cast<size_t>(std::count(pattern_.begin(), pattern_.end(), '\0'));
    bytes_each_ = (nibbles_ + 1) / 2;
    const size_t pages = is_sorted_ ? (values() + kHexPage - 1) / kHexPage : 1;
    if (nibbles_ == 0 || info.blobs != pages) return false;
    if (is_sorted_) keys_ = params.Bytes(pages * 8);
    AddBytes(alphabet_, digits_);
    for (const char c : pattern_) {
      if (c != '\0') alphabet_.set(static_cast<uint8_t>(c));
    }
    max_length_ = pattern_.size();
    return params.ok() && params.done();
  }

  Status Texts(std::span<const uint32_t> places, std::span<const int64_t>, TextSink& sink,
               std::string_view* out) const override {
    char* at = sink.Allocate(pattern_.size() * places.size());
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
      out[i] = {at, pattern_.size()};
      at = Print(at, page->data() + within * bytes_each_);
    }
    return {};
  }

  Status Find(std::string_view needle, RowSet& sure, RowSet& maybe) const override {
    if (needle.size() != pattern_.size()) return ColumnNode::Find(needle, sure, maybe);
    std::string id(bytes_each_, '\0');
    if (!Pack(needle, id)) return {};
    if (!is_sorted_) return FindIn(0, id, sure);
    const uint64_t key = KeyOf(id);
    // Ids that share their first bytes may begin on the page before, or on several.
    size_t page = 0;
    const size_t pages = keys_.size() / 8;
    size_t low = 0;
    size_t high = pages;
    while (low < high) {
      const size_t middle = (low + high) / 2;
      if (PageKeyOf(middle) < key) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    page = low == 0 ? 0 : low - 1;
    for (; page < pages && PageKeyOf(page) <= key; ++page) NARFI_TRY(FindIn(page, id, sure));
    return {};
  }

 private:
  uint64_t PageKeyOf(size_t page) const {
    uint64_t key = 0;
    std::memcpy(&key, keys_.data() + page * 8, 8);
    return key;
  }
  static uint64_t KeyOf(std::string_view id) {
    uint64_t key = 0;
    std::memcpy(&key, id.data(), std::min<size_t>(id.size(), 8));
    return __builtin_bswap64(key);
  }

  Result<std::shared_ptr<const std::string>> Page(size_t number) const {
    NARFI_ASSIGN(auto page, blobs_.Get(first_blob_ + static_cast<uint32_t>(number)));
    const size_t rows =
        is_sorted_ ? std::min<size_t>(kHexPage, values() - number * kHexPage) : values();
    if (page->size() != rows * bytes_each_) return BadColumn();
    return page;
  }

  Status FindIn(size_t number, const std::string& id, RowSet& sure) const {
    NARFI_ASSIGN(const auto page, Page(number));
    const auto first = static_cast<uint32_t>(is_sorted_ ? number * kHexPage : 0);
    for (size_t at = 0; at < page->size(); at += bytes_each_) {
      if (std::memcmp(page->data() + at, id.data(), bytes_each_) == 0)
        sure.Add(first + static_cast<uint32_t>(at / bytes_each_));
    }
    return {};
  }

  // False when no value can be this text.
  bool Pack(std::string_view text, std::string& id) const {
    size_t nibble = 0;
    for (size_t i = 0; i < pattern_.size(); ++i) {
      if (pattern_[i] != '\0') {
        if (text[i] != pattern_[i]) return false;
        continue;
      }
      const size_t digit = digits_.find(text[i]);
      if (digit == std::string_view::npos) return false;
      id[nibble / 2] = static_cast<char>(static_cast<uint8_t>(id[nibble / 2]) |
                                         digit << (nibble % 2 == 0 ? 4 : 0));
      ++nibble;
    }
    return true;
  }

  char* Print(char* at, const char* from) const {
    bool high = true;
    for (const char c : pattern_) {
      if (c != '\0') {
        *at++ = c;
        continue;
      }
      const auto byte = static_cast<uint8_t>(*from);
      *at++ = digits_[high ? byte >> 4 : byte & 15];
      from += high ? 0 : 1;
      high = !high;
    }
    return at;
  }

  const BlobStore& blobs_;
  const uint32_t first_blob_;
  std::string_view pattern_;
  std::string_view digits_;
  std::string_view keys_;  // of the first id of each page, u64
  bool is_sorted_ = false;
  size_t nibbles_ = 0;
  size_t bytes_each_ = 0;
};

}  // namespace

std::unique_ptr<ColumnNode> OpenNumbers(const ColumnInfo& info, const BlobStore& blobs) {
  auto node = std::make_unique<NumberNode>(info, blobs);
  return node->Open(info) ? std::move(node) : nullptr;
}

std::unique_ptr<ColumnNode> OpenHex(const ColumnInfo& info, const BlobStore& blobs) {
  auto node = std::make_unique<HexNode>(info, blobs);
  return node->Open(info) ? std::move(node) : nullptr;
}

}  // namespace narfi::storage
