#include "storage/block.h"

#include <doctest/doctest.h>

namespace narfi::storage {
namespace {

class StringSource final : public BlockSource {
 public:
  StringSource(Hash128 owner, std::string bytes) : owner_(owner), bytes_(std::move(bytes)) {}
  Hash128 owner() const override { return owner_; }
  Status ReadRaw(BlockRef ref, std::string& dst) const override {
    if (ref.offset + ref.length > bytes_.size()) return Fail(Code::kCorrupt, "short");
    dst = bytes_.substr(ref.offset, ref.length);
    return {};
  }

 private:
  Hash128 owner_;
  std::string bytes_;
};

const Hash128 kOwner{7, 9};

TEST_CASE("blocks come back as they were, packed or not") {
  for (const std::string& payload :
       {std::string(), std::string("x"), std::string(100'000, 'a'), std::string("\0\1\2", 3)}) {
    for (const int level : {0, 1, 3}) {
      BlockWriter writer(kOwner, 0);
      const BlockRef first = writer.Append("before", level);
      const BlockRef ref = writer.Append(payload, level);
      const StringSource source(kOwner, writer.bytes());
      REQUIRE(ReadBlock(source, ref).has_value());
      CHECK(*ReadBlock(source, ref) == payload);
      CHECK(*ReadBlock(source, first) == "before");
    }
  }
}

TEST_CASE("every damaged byte of a block is noticed") {
  BlockWriter writer(kOwner, 0);
  const BlockRef ref = writer.Append(std::string(500, 'a') + "tail", 1);
  for (size_t i = 0; i < ref.length; ++i) {
    std::string bytes = writer.bytes();
    bytes[i] = static_cast<char>(bytes[i] ^ 1);
    const auto read = ReadBlock(StringSource(kOwner, bytes), ref);
    REQUIRE_FALSE(read.has_value());
    CHECK(read.error().code == Code::kCorrupt);
  }
}

TEST_CASE("a block of another segment or another place is a bad block") {
  BlockWriter writer(kOwner, 0);
  const BlockRef ref = writer.Append("payload", 0);
  CHECK_FALSE(ReadBlock(StringSource({7, 10}, writer.bytes()), ref).has_value());
  const StringSource moved(kOwner, std::string(ref.length, ' ') + writer.bytes());
  CHECK_FALSE(ReadBlock(moved, {ref.length, ref.length}).has_value());
}

TEST_CASE("a reference that is too short is refused before anything is read") {
  const StringSource source(kOwner, "abc");
  CHECK_FALSE(ReadBlock(source, {0, 3}).has_value());
}

}  // namespace
}  // namespace narfi::storage
