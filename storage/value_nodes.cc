// Columns of numbers and points in time, open.
#include <algorithm>
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

// Numbers by first appearance.
class NumberTable {
 public:
  explicit NumberTable(uint32_t most) {
    size_t slots = 64;
    while (slots < size_t{most} * 2) slots *= 2;
    slots_.resize(slots);
  }
  uint32_t Add(uint64_t number, uint64_t digits) {
    const uint64_t hash = (number ^ digits << 56) * 0x9E3779B97F4A7C15ULL;
    for (size_t at = (hash ^ hash >> 32) & (slots_.size() - 1);;
         at = (at + 1) & (slots_.size() - 1)) {
      Slot& slot = slots_[at];
      if (slot.code == 0) {
        slot = {number, static_cast<uint32_t>(digits), ++count_};
        return count_ - 1;
      }
      if (slot.number == number && slot.digits == digits) return slot.code - 1;
    }
  }

 private:
  struct Slot {
    uint64_t number = 0;
    uint32_t digits = 0;
    uint32_t code = 0;  // and one; 0 is free
  };
  std::vector<Slot> slots_;
  uint32_t count_ = 0;
};

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

  Result<bool> HasEmpty() const override { return form_ == ColumnForm::kDigits && width_ == 0; }

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

  bool needs_times() const override { return form_ == ColumnForm::kTimes && relative_; }

  // By number, so that only distinct ones become text.
  Status Codes(std::span<const int64_t> times, TextSink& sink, CodedColumn& out) const override {
    if (form_ == ColumnForm::kTimes) return ColumnNode::Codes(times, sink, out);
    OpenInts numbers;
    NARFI_TRY(OpenBlobs(numbers, true));
    NARFI_ASSIGN(const auto counts, Counts());
    std::vector<uint32_t> first;  // the place of each distinct number
    NumberTable known(values());
    out.codes.clear();
    out.codes.reserve(values());
    for (uint32_t i = 0; i < values(); ++i) {
      const uint64_t digits = counts == nullptr ? 0 : static_cast<uint8_t>((*counts)[i]);
      const uint32_t code = known.Add(static_cast<uint64_t>(numbers.ints.At(i)), digits);
      if (code == first.size()) first.push_back(i);
      if (first.size() > FieldView::kAsk) return BadColumn();
      out.codes.push_back(static_cast<uint16_t>(code));
    }
    out.texts.resize(first.size());
    return Texts(first, {}, sink, out.texts.data());
  }

  // Digits are at known places.
  Result<ByteRuns> Runs(const ByteSet& of) const override {
    if (form_ == ColumnForm::kDecimals && !HasByte(of, '.')) {
      NARFI_ASSIGN(const ByteRuns bound, ColumnNode::Runs(of));
      // On either side of the point; before it there may be a sign.
      return ByteRuns{std::min<uint64_t>(bound.longest, MostIntBytes()), 0};
    }
    if (form_ != ColumnForm::kTimes) return ColumnNode::Runs(of);
    if (values() == 0) return ByteRuns{};
    std::string longest = "0000-00-00";
    longest.push_back(time_.mark);
    longest += "00:00:00";
    longest.push_back(time_.point);
    longest.append(MostDigits(), '0');
    longest += time_.zone;
    std::string without = "0000-00-00";
    without.push_back(time_.mark);
    without += "00:00:00" + std::string(time_.zone);
    return ByteRuns{std::max(RunsOf(of, longest).longest, RunsOf(of, without).longest), 0};
  }

  Status Find(const TextNeedle& needle, std::span<const int64_t> times, RowSet& sure,
              RowSet& maybe) const override {
    if (form_ == ColumnForm::kTimes && LongestRun(needle.text) > std::max<size_t>(4, MostDigits()))
      return {};
    return ColumnNode::Find(needle, times, sure, maybe);
  }

 private:
  // The longest run of digits: in a time there are years, and fractions of a second.
  static size_t LongestRun(std::string_view text) {
    size_t longest = 0;
    size_t run = 0;
    for (const char c : text) {
      run = c >= '0' && c <= '9' ? run + 1 : 0;
      longest = std::max(longest, run);
    }
    return longest;
  }
  size_t MostDigits() const {
    if (!has_counts_) return digits_;
    return form_ == ColumnForm::kTimes ? kMaxFractionDigits : kMaxDigits;
  }

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
    if (form_ == ColumnForm::kIntegers) max_length_ = MostIntBytes();
  }

  // Of the numbers, as integers, with as many digits as there are behind the point.
  size_t MostIntBytes() const {
    if (packing_.bits >= 63) return kMaxIntText;
    const int64_t high = static_cast<int64_t>(static_cast<uint64_t>(packing_.low) +
                                              ((uint64_t{1} << packing_.bits) - 1));
    if (high < packing_.low) return kMaxIntText;
    const size_t most = std::max(IntLength(packing_.low), IntLength(high));
    return form_ == ColumnForm::kDecimals ? std::max<size_t>(most, MostDigits() + 2) : most;
  }

  size_t MostBytes() const {
    if (form_ == ColumnForm::kIntegers) return kMaxIntText;
    if (form_ == ColumnForm::kDigits) return width_;
    if (form_ == ColumnForm::kDecimals) return kMaxIntText + 1 + kMaxDigits;
    return kMaxTimeText + time_.zone.size();
  }

  Status OpenBlobs(OpenInts& numbers, bool once = false) const {
    return numbers.Open(blobs_, first_blob_ + (has_counts_ ? 1 : 0), packing_, values(), once);
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

}  // namespace

std::unique_ptr<ColumnNode> OpenNumbers(const ColumnInfo& info, const BlobStore& blobs) {
  auto node = std::make_unique<NumberNode>(info, blobs);
  return node->Open(info) ? std::move(node) : nullptr;
}

}  // namespace narfi::storage
