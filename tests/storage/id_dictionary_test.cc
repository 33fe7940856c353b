#include "storage/id_dictionary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <set>

#include "base/bytes.h"

namespace narfi::storage {
namespace {

const Hash128 kOwner{7, 9};

struct Made {
  std::vector<std::string> ids;  // packed, ascending
  std::string bytes;             // of the blocks
  BlockRef head;

  Result<std::shared_ptr<const IdDictionary>> Open(PageCache* cache = nullptr) const {
    return IdDictionary::Open(std::make_shared<const MemoryBlocks>(kOwner, bytes), head, cache);
  }
};

Made Make(const std::set<std::string>& ids, const HexPattern& pattern) {
  Made out;
  out.ids.assign(ids.begin(), ids.end());
  std::string packed;
  for (const std::string& id : out.ids) packed += id;
  BlockWriter blocks(kOwner, 0);
  blocks.Append("what is in front", 0);
  out.head = WriteIdDictionary(pattern, packed, blocks);
  blocks.Append("what is behind", 0);
  out.bytes = blocks.Take();
  return out;
}

// `begin` and then random bytes.
std::set<std::string> RandomIds(std::mt19937_64& random, size_t count, size_t id_bytes,
                                const std::string& begin = "") {
  std::set<std::string> ids;
  while (ids.size() < count) {
    std::string id = begin;
    while (id.size() < id_bytes) id += static_cast<char>(random());
    ids.insert(id);
  }
  return ids;
}

void CheckAll(const Made& made, const IdDictionary& dictionary, std::mt19937_64& random) {
  REQUIRE(dictionary.count() == made.ids.size());
  for (uint32_t i = 0; i < made.ids.size(); ++i) {
    const auto found = dictionary.Find(made.ids[i]);
    REQUIRE(found.has_value());
    REQUIRE(*found == i);
    const auto page = dictionary.Page(i / kIdPage);
    REQUIRE(page.has_value());
    const size_t size = made.ids[i].size();
    REQUIRE((*page)->substr(i % kIdPage * size, size) == made.ids[i]);
    std::string other = made.ids[i];
    other[random() % size] = static_cast<char>(random());
    const bool is_there = std::binary_search(made.ids.begin(), made.ids.end(), other);
    REQUIRE((*dictionary.Find(other)).has_value() == is_there);
  }
}

TEST_CASE("every id is found by its number, and no other one") {
  std::mt19937_64 random(1);
  for (const size_t nibbles : {9, 16, 32}) {
    const std::string pattern(nibbles, '\0');
    const HexPattern hex(pattern, nibbles == 9);
    for (const size_t count : {1, 2, 255, 256, 257, 1500}) {
      const Made made = Make(RandomIds(random, count, hex.id_bytes()), hex);
      PageCache cache(1 << 20);
      for (PageCache* with : {static_cast<PageCache*>(nullptr), &cache}) {
        const auto dictionary = made.Open(with);
        REQUIRE(dictionary.has_value());
        CHECK((*dictionary)->pattern().pattern() == pattern);
        CHECK((*dictionary)->pattern().is_upper() == (nibbles == 9));
        CheckAll(made, **dictionary, random);
      }
    }
  }
}

TEST_CASE("ids that begin alike are told apart, over many pages") {
  std::mt19937_64 random(2);
  const std::string pattern(32, '\0');
  auto ids = RandomIds(random, 1000, 16, "12345678");
  ids.merge(RandomIds(random, 300, 16));
  const Made made = Make(ids, HexPattern(pattern, false));
  CheckAll(made, **made.Open(), random);
}

TEST_CASE("any damaged byte is an error where it is met") {
  std::mt19937_64 random(3);
  const std::string pattern(16, '\0');
  Made made = Make(RandomIds(random, 600, 8), HexPattern(pattern, false));
  const uint64_t begin = 600 * 8 + 3 * (kBlockHeaderBytes + kBlockTrailerBytes);
  for (uint64_t at = made.head.offset - begin; at < made.head.offset + made.head.length; at += 3) {
    made.bytes[at] = static_cast<char>(made.bytes[at] ^ 4);
    const auto dictionary = made.Open();
    int errors = dictionary ? 0 : 1;
    for (uint32_t i = 0; dictionary && i < made.ids.size(); ++i) {
      const auto found = (*dictionary)->Find(made.ids[i]);
      errors += found ? 0 : 1;
      if (found) REQUIRE(*found == i);
    }
    CAPTURE(at);
    REQUIRE(errors > 0);
    made.bytes[at] = static_cast<char>(made.bytes[at] ^ 4);
  }
}

TEST_CASE("a head that does not fit its place is refused") {
  const auto opens = [](uint64_t count, const std::string& pattern, size_t keys) {
    std::string head;
    PutU8(head, 0);
    PutString(head, pattern);
    PutVarint(head, count);
    head += std::string(keys * 8, 'k');
    BlockWriter blocks(kOwner, 0);
    blocks.Append(std::string(400, 'p'), 0);
    const BlockRef ref = blocks.Append(head, 0);
    return IdDictionary::Open(std::make_shared<const MemoryBlocks>(kOwner, blocks.Take()), ref,
                              nullptr)
        .has_value();
  };
  const std::string eight(8, '\0');
  CHECK(opens(100, eight, 1));
  CHECK_FALSE(opens(0, eight, 0));
  CHECK_FALSE(opens(100, eight, 0));
  CHECK_FALSE(opens(100, eight, 2));
  CHECK_FALSE(opens(101, eight, 1));  // more than there is in front
  CHECK_FALSE(opens(uint64_t{1} << 40, eight, 1));
  CHECK_FALSE(opens(UINT64_MAX, eight, 1));
  CHECK_FALSE(opens(2, "no digit", 1));
  CHECK_FALSE(opens(1, std::string(65, '\0'), 1));
}

TEST_CASE("there is no dictionary behind the last one") {
  std::mt19937_64 random(4);
  const std::string pattern(16, '\0');
  const Made made = Make(RandomIds(random, 5, 8), HexPattern(pattern, false));
  const IdDictionaries all(std::make_shared<const MemoryBlocks>(kOwner, made.bytes), {made.head},
                           nullptr);
  CHECK(all.size() == 1);
  CHECK((*all.Get(0))->count() == 5);
  CHECK_FALSE(all.Get(1).has_value());
}

TEST_CASE("dictionaries that are forgotten share nothing with their blocks") {
  std::mt19937_64 random(5);
  const std::string pattern(16, '\0');
  const Made made = Make(RandomIds(random, 5, 8), HexPattern(pattern, false));
  PageCache cache(1 << 20);
  auto source = std::make_shared<const MemoryBlocks>(kOwner, made.bytes);
  const std::weak_ptr<const BlockSource> watched = source;
  const auto all =
      std::make_unique<const IdDictionaries>(std::move(source), std::vector{made.head}, &cache);
  CHECK((*all->Get(0))->Find(made.ids[2]) == 2);
  CHECK(all->Get(0)->get() == all->Get(0)->get());  // remembered
  CHECK(watched.use_count() == 2);
  all->Forget();
  CHECK(watched.use_count() == 1);
}

}  // namespace
}  // namespace narfi::storage
