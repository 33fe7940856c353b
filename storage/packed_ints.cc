#include "storage/packed_ints.h"

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace narfi::storage {
namespace {

// Fewer numbers than this stay in bits: a frame would cost more than it saves.
constexpr size_t kLeastForPlanes = 64;
// Planes cost a whole unpacking for a single number: they must save this much.
constexpr double kPlanesWorth = 0.9;

// What zstd's Huffman coding leaves of a plane, in bytes.
double PlaneCost(const std::array<uint32_t, 256>& counts, size_t total) {
  double bits = 0;
  for (const uint32_t count : counts) {
    if (count != 0) bits += count * std::log2(static_cast<double>(total) / count);
  }
  return std::min<double>(static_cast<double>(total), bits / 8 + 40);
}

template <class T>
class Packer {
 public:
  Packer(std::span<const T> values, std::string& params, std::vector<Blob>& blobs)
      : values_(values), params_(params), blobs_(blobs) {}

  void Run() {
    IntPacking how;
    if (!values_.empty()) {
      const auto [low, high] = std::minmax_element(values_.begin(), values_.end());
      how.low = static_cast<int64_t>(*low);
      how.bits = static_cast<uint8_t>(
          std::bit_width(static_cast<uint64_t>(*high) - static_cast<uint64_t>(*low)));
    }
    low_ = static_cast<uint64_t>(how.low);
    how.planes = how.bits > kMaxPackedBits || PlanesAreSmaller(how.bits);
    PutSigned(params_, how.low);
    PutU8(params_, how.bits);
    PutU8(params_, how.planes ? 1 : 0);
    if (how.bits == 0) return;
    if (how.planes) {
      for (unsigned shift = 0; shift < how.bits; shift += 8) blobs_.push_back(MakePlane(shift));
    } else {
      blobs_.push_back(MakeBits(how.bits));
    }
  }

 private:
  uint64_t Distance(size_t i) const { return static_cast<uint64_t>(values_[i]) - low_; }

  bool PlanesAreSmaller(unsigned bits) const {
    if (values_.size() < kLeastForPlanes || bits == 0) return false;
    const double packed = static_cast<double>(values_.size()) * bits / 8;
    size_t repeats = 0;
    for (size_t i = 1; i < values_.size(); ++i) repeats += values_[i] == values_[i - 1] ? 1 : 0;
    if (repeats * 10 > values_.size() * 9) return true;
    double cost = 0;
    for (unsigned shift = 0; shift < bits; shift += 8) {
      std::array<uint32_t, 256> counts{};
      for (size_t i = 0; i < values_.size(); ++i) ++counts[Distance(i) >> shift & 0xFF];
      cost += PlaneCost(counts, values_.size());
    }
    return cost < packed * kPlanesWorth;
  }

  Blob MakePlane(unsigned shift) const {
    std::string plane(values_.size(), '\0');
    for (size_t i = 0; i < values_.size(); ++i) plane[i] = static_cast<char>(Distance(i) >> shift);
    return MakeBlob(std::move(plane), 1);
  }

  Blob MakeBits(unsigned bits) const {
    std::string out;
    out.reserve((values_.size() * bits + 7) / 8 + 8);
    uint64_t held = 0;
    unsigned held_bits = 0;
    for (size_t i = 0; i < values_.size(); ++i) {
      held |= Distance(i) << held_bits;
      held_bits += bits;
      while (held_bits >= 8) {
        out.push_back(static_cast<char>(held));
        held >>= 8;
        held_bits -= 8;
      }
    }
    if (held_bits > 0) out.push_back(static_cast<char>(held));
    return MakeBlob(std::move(out), 0);
  }

  const std::span<const T> values_;
  std::string& params_;
  std::vector<Blob>& blobs_;
  uint64_t low_ = 0;
};

}  // namespace

void PackInts(std::span<const int64_t> values, std::string& params, std::vector<Blob>& blobs) {
  Packer<int64_t>(values, params, blobs).Run();
}

void PackInts(std::span<const uint32_t> values, std::string& params, std::vector<Blob>& blobs) {
  Packer<uint32_t>(values, params, blobs).Run();
}

bool ReadPacking(ByteReader& params, IntPacking& packing) {
  packing.low = params.Signed();
  packing.bits = params.U8();
  const uint8_t planes = params.U8();
  packing.planes = planes == 1;
  return params.ok() && planes <= 1 && packing.bits <= (packing.planes ? 64 : kMaxPackedBits);
}

bool PackedInts::Open(const IntPacking& packing, std::span<const std::string_view> blobs,
                      uint32_t count) {
  low_ = static_cast<uint64_t>(packing.low);
  bits_ = packing.bits;
  planes_ = packing.planes && bits_ > 0;
  count_ = count;
  if (blobs.size() != packing.blobs()) return false;
  if (!planes_) {
    mask_ = (uint64_t{1} << bits_) - 1;
    if (bits_ > 0) bytes_ = blobs[0];
    return bits_ == 0 || bytes_.size() == (uint64_t{count} * bits_ + 7) / 8;
  }
  plane_count_ = blobs.size();
  for (size_t p = 0; p < blobs.size(); ++p) {
    if (blobs[p].size() != count) return false;
    plane_[p] = blobs[p].data();
  }
  return true;
}

void PackedInts::AppendAll(std::vector<uint16_t>& out) const {
  const size_t before = out.size();
  out.resize(before + count_);
  uint16_t* const to = out.data() + before;
  uint32_t i = 0;
#ifdef __SSE2__
  // Planes of bytes, sixteen numbers at a time.
  if (planes_ && plane_count_ <= 2) {
    const __m128i low = _mm_set1_epi16(static_cast<int16_t>(low_));
    for (; i + 16 <= count_; i += 16) {
      const auto load = [&](size_t plane) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(plane_[plane] + i));
      };
      const __m128i first = load(0);
      const __m128i second = plane_count_ == 2 ? load(1) : _mm_setzero_si128();
      auto* const at = reinterpret_cast<__m128i*>(to + i);
      _mm_storeu_si128(at, _mm_add_epi16(_mm_unpacklo_epi8(first, second), low));
      _mm_storeu_si128(at + 1, _mm_add_epi16(_mm_unpackhi_epi8(first, second), low));
    }
  }
#endif
  if (!planes_ && bits_ > 0) {
    // Those whose eight bytes are all there.
    const uint64_t whole = bytes_.size() < 8 ? 0 : (bytes_.size() - 8) * 8 / bits_;
    const auto end = static_cast<uint32_t>(std::min<uint64_t>(count_, whole));
    for (uint64_t at = 0; i < end; ++i, at += bits_) {
      uint64_t word = 0;
      std::memcpy(&word, bytes_.data() + at / 8, 8);
      to[i] = static_cast<uint16_t>(low_ + (word >> (at % 8) & mask_));
    }
  }
  for (; i < count_; ++i) to[i] = static_cast<uint16_t>(low_ + Distance(i));
}

namespace {

uint16_t Highest(std::span<const uint16_t> codes) {
  constexpr size_t kLanes = 32;  // a vector or more; the compiler sees to the rest
  std::array<uint16_t, kLanes> highest{};
  size_t i = 0;
  for (; i + kLanes <= codes.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane)
      highest[lane] = std::max(highest[lane], codes[i + lane]);
  }
  for (; i < codes.size(); ++i) highest[0] = std::max(highest[0], codes[i]);
  return *std::max_element(highest.begin(), highest.end());
}

}  // namespace

bool PackedInts::ReadCodes(uint32_t end, std::vector<uint16_t>& out) const {
  out.clear();
  if (count_ == 0) return true;
  if (low_ >= end || end > UINT16_MAX + 1u) return false;
  // Only where there are no more bits than that is each told by sixteen of them.
  const uint64_t most = bits_ >= 64 ? UINT64_MAX : (uint64_t{1} << bits_) - 1;
  if (most > UINT16_MAX - low_) {
    for (uint32_t i = 0; i < count_; ++i) {
      if (Distance(i) >= end - low_) return false;
    }
  }
  AppendAll(out);
  return Highest(out) < end;
}

}  // namespace narfi::storage
