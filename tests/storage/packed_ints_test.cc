#include "storage/packed_ints.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/bytes.h"

namespace narfi::storage {
namespace {

using Numbers = std::vector<int64_t>;

struct Packed {
  IntPacking how;
  std::vector<std::string> blobs;
  PackedInts ints;

  bool Open(uint32_t count) {
    const std::vector<std::string_view> views(blobs.begin(), blobs.end());
    return ints.Open(how, views, count);
  }
};

void Unpacked(std::vector<Blob> blobs, Packed& out) {
  for (Blob& blob : blobs) {
    std::string bytes(blob.unpacked, '\0');
    if (blob.is_packed) {
      REQUIRE(Unpack(blob.bytes, bytes));
    } else {
      bytes = blob.bytes;
    }
    out.blobs.push_back(std::move(bytes));
  }
}

template <class T>
Packed Pack(const std::vector<T>& numbers) {
  std::string params;
  std::vector<Blob> blobs;
  PackInts(numbers, params, blobs);
  Packed out;
  ByteReader reader(params);
  REQUIRE(ReadPacking(reader, out.how));
  REQUIRE(reader.done());
  REQUIRE(blobs.size() == out.how.blobs());
  Unpacked(std::move(blobs), out);
  REQUIRE(out.Open(static_cast<uint32_t>(numbers.size())));
  REQUIRE(out.ints.count() == numbers.size());
  for (size_t i = 0; i < numbers.size(); ++i)
    REQUIRE(out.ints.At(i) == static_cast<int64_t>(numbers[i]));
  return out;
}

TEST_CASE("integers come back, at the ends of their range too") {
  Pack(Numbers{});
  Pack(Numbers{-5});
  Pack(Numbers{0, 1});
  Pack(Numbers{-1, 0, 1});
  Pack(Numbers{INT64_MIN, INT64_MAX, 0, -1});
  Pack(Numbers{INT64_MIN, INT64_MIN});
  Pack(Numbers{INT64_MAX, INT64_MAX - 1});
  CHECK(Pack(Numbers(9, 77)).how.bits == 0);
  CHECK(Pack(Numbers(9, 77)).blobs.empty());
  CHECK(Pack(Numbers{INT64_MIN, INT64_MAX}).how.planes);
  CHECK(Pack(std::vector<uint32_t>{0, UINT32_MAX, 7}).how.bits == 32);
}

TEST_CASE("random integers of any width come back, from bits and from planes") {
  std::mt19937_64 random(8);
  int planes = 0;
  int bits_alone = 0;
  for (unsigned bits = 1; bits <= 64; ++bits) {
    for (const size_t count : {1, 3, 64, 1000}) {
      Numbers spread;
      Numbers alike;
      for (size_t i = 0; i < count; ++i) {
        const auto any = static_cast<int64_t>(random()) >> (64 - bits);
        spread.push_back(any);
        alike.push_back(random() % 30 == 0 ? any : -3);
      }
      bits_alone += Pack(spread).how.planes ? 0 : 1;
      planes += Pack(alike).how.planes ? 1 : 0;
    }
  }
  CHECK(planes > 50);
  CHECK(bits_alone > 50);
}

TEST_CASE("all codes at once are those one by one") {
  std::mt19937_64 random(9);
  for (const uint32_t most : {1u, 2u, 200u, 300u, 65'000u}) {
    std::vector<uint32_t> codes;
    for (int i = 0; i < 500; ++i) codes.push_back(static_cast<uint32_t>(random() % most));
    for (const bool alike : {false, true}) {
      if (alike) std::fill(codes.begin() + 3, codes.end(), 0);
      const Packed packed = Pack(codes);
      std::vector<uint16_t> all = {9};
      packed.ints.AppendAll(all);
      REQUIRE(all.size() == codes.size() + 1);
      for (size_t i = 0; i < codes.size(); ++i) REQUIRE(all[i + 1] == codes[i]);
    }
  }
}

TEST_CASE("a packing or blobs that are none are refused") {
  const auto read = [](int64_t low, uint8_t bits, uint8_t planes) {
    std::string params;
    PutSigned(params, low);
    PutU8(params, bits);
    PutU8(params, planes);
    ByteReader reader(params);
    IntPacking how;
    return ReadPacking(reader, how);
  };
  CHECK(read(-1, 56, 0));
  CHECK_FALSE(read(-1, 57, 0));
  CHECK(read(-1, 64, 1));
  CHECK_FALSE(read(-1, 65, 1));
  CHECK_FALSE(read(-1, 3, 2));
  Packed three = {{.low = 0, .bits = 3, .planes = false}, {"ab"}, {}};
  CHECK(three.Open(5));  // 15 bits
  CHECK_FALSE(three.Open(6));
  CHECK_FALSE(three.Open(2));
  three.blobs.clear();
  CHECK_FALSE(three.Open(5));
  Packed planes = {{.low = 0, .bits = 9, .planes = true}, {"abc", "def"}, {}};
  CHECK(planes.Open(3));
  CHECK(planes.ints.At(1) == 'b' + 256 * 'e');
  CHECK_FALSE(planes.Open(2));
  planes.blobs[1] = "de";
  CHECK_FALSE(planes.Open(3));
}

TEST_CASE("codes are read when all of them are below the end, and else not") {
  std::mt19937_64 random(2);
  for (const uint32_t end : {1u, 2u, 200u, 256u, 257u, 5000u, 65'535u, 65'536u}) {
    for (const size_t count : {1, 7, 8, 31, 32, 33, 1000}) {
      for (const uint64_t repeats : {1, 30}) {  // in bits, and in planes
        Numbers numbers(count);
        for (size_t i = 0; i < count; ++i)
          numbers[i] = i % repeats == 0 ? static_cast<int64_t>(random() % end) : numbers[i - 1];
        numbers[random() % count] = end - 1;
        CAPTURE(end);
        CAPTURE(count);
        const Packed packed = Pack(numbers);
        std::vector<uint16_t> codes = {7};
        REQUIRE(packed.ints.ReadCodes(end, codes));
        REQUIRE(std::equal(codes.begin(), codes.end(), numbers.begin(), numbers.end()));
        if (end > 1) REQUIRE_FALSE(packed.ints.ReadCodes(end - 1, codes));
      }
    }
  }
  std::vector<uint16_t> codes = {7};
  CHECK(Pack(Numbers{}).ints.ReadCodes(0, codes));
  CHECK(codes.empty());
  CHECK_FALSE(Pack(Numbers{-1, 3}).ints.ReadCodes(10, codes));
  CHECK_FALSE(Pack(Numbers{0, 65'536}).ints.ReadCodes(65'536, codes));  // more than sixteen bits
  CHECK_FALSE(Pack(Numbers{0, int64_t{1} << 40}).ints.ReadCodes(65'536, codes));
  CHECK_FALSE(Pack(Numbers{0}).ints.ReadCodes(65'537, codes));
}

}  // namespace
}  // namespace narfi::storage
