#include "storage/json_shape.h"

#include <algorithm>
#include <cstring>

#include "base/bytes.h"
#include "base/text_equal.h"
#include "storage/json_scan.h"

namespace narfi::storage {
namespace {

constexpr int kMaxDepth = 32;
// When so many lines found all shapes given away, others are no longer read for a new one.
constexpr uint32_t kOverflowsToGiveUp = 1024;

struct Piece {
  size_t begin = 0;
  size_t end = 0;
  SlotKind kind = SlotKind::kText;
  std::vector<std::string_view> path;
};

// Reads one line strictly, noting where its values are.
class LineReader {
 public:
  LineReader(std::string_view line, std::vector<Piece>& pieces) : line_(line), pieces_(pieces) {}

  bool Run() {
    at_ = SkipJsonSpace(line_, 0);
    return at_ < line_.size() && line_[at_] == '{' && Object(kMaxDepth) &&
           SkipJsonSpace(line_, at_) == line_.size();
  }

 private:
  bool Object(int depth) {
    if (depth == 0) return false;
    at_ = SkipJsonSpace(line_, at_ + 1);
    if (Is('}')) return Step();
    for (;;) {
      if (!Is('"')) return false;
      const size_t key = at_ + 1;
      const size_t end = EndOfJsonString(line_, key);
      if (end == kNoEnd) return false;
      path_.push_back(line_.substr(key, end - key));
      at_ = SkipJsonSpace(line_, end + 1);
      if (!Is(':')) return false;
      at_ = SkipJsonSpace(line_, at_ + 1);
      if (!Value(depth)) return false;
      path_.pop_back();
      at_ = SkipJsonSpace(line_, at_);
      if (Is('}')) return Step();
      if (!Is(',')) return false;
      at_ = SkipJsonSpace(line_, at_ + 1);
    }
  }

  bool Value(int depth) {
    if (Is('{')) return Object(depth - 1);
    size_t begin = at_;
    size_t end = kNoEnd;
    SlotKind kind = SlotKind::kScalar;
    if (Is('"')) {
      kind = SlotKind::kString;
      end = EndOfJsonString(line_, ++begin);
    } else if (Is('[')) {
      kind = SlotKind::kArray;
      end = EndOfJsonValue(line_, at_, depth);
    } else {
      end = EndOfJsonScalar(line_, at_);
    }
    if (end == kNoEnd || pieces_.size() >= kMaxShapeSlots) return false;
    pieces_.push_back({begin, end, kind, path_});
    at_ = kind == SlotKind::kString ? end + 1 : end;
    return true;
  }

  bool Is(char c) const { return at_ < line_.size() && line_[at_] == c; }
  bool Step() {
    ++at_;
    return true;
  }

  const std::string_view line_;
  std::vector<Piece>& pieces_;
  size_t at_ = 0;
  std::vector<std::string_view> path_;
};

// Equal for lines of one shape alone: lengths and literals.
std::string SkeletonOf(std::string_view line, const std::vector<Piece>& pieces) {
  std::string key;
  size_t at = 0;
  for (const Piece& piece : pieces) {
    PutString(key, line.substr(at, piece.begin - at));
    PutU8(key, static_cast<uint8_t>(piece.kind));
    at = piece.end;
  }
  PutString(key, line.substr(at));
  return key;
}

std::string ColumnKey(const Piece& piece, size_t repetition) {
  std::string key;
  for (const std::string_view part : piece.path) PutString(key, part);
  PutU8(key, static_cast<uint8_t>(piece.kind));
  PutVarint(key, repetition);
  return key;
}

// What a shape takes: its text as an arena, a key and nodes have it, and paths twice.
uint64_t BytesOfShape(const std::string& skeleton, const std::vector<Piece>& pieces) {
  constexpr uint64_t kPieceBytes = 512;  // of literals, slots and nodes, in vectors that grow
  uint64_t bytes = 1024 + 3 * skeleton.size() + pieces.size() * kPieceBytes;
  for (const Piece& piece : pieces) {
    for (const std::string_view part : piece.path) bytes += 2 * part.size() + 48;
  }
  return bytes;
}

size_t EndOfSlot(std::string_view line, size_t at, SlotKind kind) {
  switch (kind) {
    case SlotKind::kString:
      return EndOfJsonString(line, at);
    case SlotKind::kScalar:
      return EndOfJsonScalar(line, at);
    case SlotKind::kArray:
      return at < line.size() && line[at] == '[' ? EndOfJsonValue(line, at, kMaxDepth) : kNoEnd;
    case SlotKind::kText:
      return kNoEnd;
  }
  return kNoEnd;
}

}  // namespace

bool SplitByTemplate(const LineTemplate& shape, std::string_view line,
                     std::vector<std::string_view>& values) {
  values.clear();
  size_t at = 0;
  for (size_t i = 0; i < shape.slots.size(); ++i) {
    if (!line.substr(at).starts_with(shape.literals[i])) return false;
    at += shape.literals[i].size();
    const size_t end = EndOfSlot(line, at, shape.slots[i].kind);
    if (end == kNoEnd) return false;
    values.push_back(line.substr(at, end - at));
    at = end;
  }
  return line.substr(at) == shape.literals.back();
}

uint32_t JsonShapes::Split(std::string_view line, std::vector<std::string_view>& values) {
  const uint32_t known = Match(line, values);
  if (known != kNone) return known;
  return overflows_ < kOverflowsToGiveUp ? Learn(line, values) : kNone;
}

uint32_t JsonShapes::Match(std::string_view line, std::vector<std::string_view>& values) const {
  values.clear();
  const Node* node = &nodes_[0];
  size_t at = 0;
  for (;;) {
    const Node* next = nullptr;
    for (const uint32_t child : node->children) {
      const Node& candidate = nodes_[child];
      const std::string_view literal = candidate.literal;
      if (line.size() - at < literal.size() ||
          !EqualBytes(line.data() + at, literal.data(), literal.size()))
        continue;
      if (candidate.shape == kNone) {
        next = &candidate;
        break;
      }
      if (at + literal.size() == line.size()) return candidate.shape;
    }
    if (next == nullptr) return kNone;
    at += next->literal.size();
    const size_t end = EndOfSlot(line, at, next->kind);
    if (end == kNoEnd) return kNone;
    values.push_back(line.substr(at, end - at));
    at = end;
    node = next;
  }
}

uint32_t JsonShapes::Learn(std::string_view line, std::vector<std::string_view>& values) {
  std::vector<Piece> pieces;
  if (!LineReader(line, pieces).Run()) return kNone;
  values.clear();
  for (const Piece& piece : pieces)
    values.push_back(line.substr(piece.begin, piece.end - piece.begin));
  std::string skeleton = SkeletonOf(line, pieces);
  if (const auto known = by_skeleton_.find(skeleton); known != by_skeleton_.end())
    return known->second;
  const uint64_t bytes = BytesOfShape(skeleton, pieces);
  if (shapes_.size() >= kMaxShapes || columns_.size() + pieces.size() > kMaxShapeColumns ||
      bytes > max_bytes_ - bytes_) {
    ++overflows_;
    return kNone;
  }
  bytes_ += bytes;
  LineTemplate shape;
  shape.is_json = true;
  std::unordered_map<std::string, size_t> repetitions;
  size_t at = 0;
  for (const Piece& piece : pieces) {
    shape.literals.push_back(texts_.Copy(line.substr(at, piece.begin - at)));
    at = piece.end;
    const size_t repetition = repetitions[ColumnKey(piece, 0)]++;
    const auto column =
        columns_.try_emplace(ColumnKey(piece, repetition), static_cast<uint32_t>(columns_.size()));
    LineSlot slot{column.first->second, piece.kind, {}};
    for (const std::string_view part : piece.path) slot.path.push_back(texts_.Copy(part));
    shape.slots.push_back(std::move(slot));
  }
  shape.literals.push_back(texts_.Copy(line.substr(at)));
  const auto number = static_cast<uint32_t>(shapes_.size());
  AddToTrie(shape, number);
  by_skeleton_.emplace(std::move(skeleton), number);
  shapes_.push_back(std::move(shape));
  return number;
}

void JsonShapes::AddToTrie(const LineTemplate& shape, uint32_t number) {
  uint32_t node = 0;
  for (size_t i = 0; i < shape.literals.size(); ++i) {
    const bool is_last = i == shape.slots.size();
    const SlotKind kind = is_last ? SlotKind::kText : shape.slots[i].kind;
    uint32_t next = 0;
    for (const uint32_t child : nodes_[node].children) {
      const Node& known = nodes_[child];
      if (known.literal == shape.literals[i] && known.kind == kind &&
          (known.shape != kNone) == is_last)
        next = child;
    }
    if (next == 0) {
      next = static_cast<uint32_t>(nodes_.size());
      nodes_.push_back({shape.literals[i], kind, is_last ? number : kNone, {}});
      std::vector<uint32_t>& children = nodes_[node].children;
      const auto shorter = std::find_if(children.begin(), children.end(), [&](uint32_t child) {
        return nodes_[child].literal.size() < shape.literals[i].size();
      });
      children.insert(shorter, next);
    }
    node = next;
  }
}

}  // namespace narfi::storage
