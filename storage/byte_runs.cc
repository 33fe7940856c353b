#include "storage/byte_runs.h"

namespace narfi::storage {

// Of kLeastRun bytes the last is looked at first: where it is none of these, no long stretch goes
// over it.
void RunMeter::AddInner(std::string_view text) {
  size_t begin = 0;
  while (begin + kLeastRun <= text.size()) {
    size_t first = begin + kLeastRun;
    while (first > begin && HasByte(of_, text[first - 1])) --first;
    if (first > begin) {
      begin = first;  // the byte before is none of these
      continue;
    }
    size_t end = begin + kLeastRun;
    while (end < text.size() && HasByte(of_, text[end])) ++end;
    runs_.longest = std::max(runs_.longest, std::min<uint64_t>(end - begin, kUnboundRun));
    begin = end;
  }
}

void RunMeter::AddText(std::string_view text) {
  size_t head = 0;
  while (head < text.size() && HasByte(of_, text[head])) ++head;
  if (head > 0) {
    is_joined_ = true;
    now_ = std::min(now_ + head, kUnboundRun);
  }
  if (head == text.size()) return;
  EndText();
  size_t tail = text.size();
  while (HasByte(of_, text[tail - 1])) --tail;
  AddInner(text.substr(head, tail - head));
  if (tail == text.size()) return;
  is_joined_ = true;
  now_ = std::min<uint64_t>(text.size() - tail, kUnboundRun);
}

// Where in the value its longest stretch lies is not known: it may be at either end, and all of it.
void RunMeter::AddValue(const ByteRuns& runs) {
  if (runs.any() == 0) return;
  runs_.longest = std::max(runs_.longest, runs.longest);
  runs_.longest_id = std::max(runs_.longest_id, runs.longest_id);
  is_joined_ |= has_value_;
  has_value_ = true;
  now_ = std::min(now_ + runs.any(), kUnboundRun);
}

void RunMeter::EndText() {
  if (is_joined_) runs_.longest = std::max(runs_.longest, now_);
  now_ = 0;
  is_joined_ = false;
  has_value_ = false;
}

ByteRuns RunsOf(const ByteSet& of, std::string_view text) {
  RunMeter meter(of);
  meter.AddText(text);
  meter.EndText();
  return meter.runs();
}

}  // namespace narfi::storage
