#include "storage/page_cache.h"

#include <doctest/doctest.h>

#include "storage/blob_store.h"

namespace narfi::storage {
namespace {

const Hash128 kOwner{3, 5};

std::shared_ptr<const int> Page(int value) { return std::make_shared<const int>(value); }

int Held(PageCache& cache, const PageKey& key) {
  const auto page = cache.Find(key);
  return page == nullptr ? -1 : *std::static_pointer_cast<const int>(page);
}

TEST_CASE("a page is found under all of its key, until it is forgotten") {
  PageCache cache(1 << 20);
  const std::vector<PageKey> keys = {
      {kOwner, 1}, {kOwner, 2}, {kOwner, 1, 1}, {{3, 6}, 1}, {{4, 5}, 1}};
  for (int i = 0; i < 5; ++i) {
    CHECK(Held(cache, keys[static_cast<size_t>(i)]) == -1);
    cache.Insert(keys[static_cast<size_t>(i)], Page(i), 100);
  }
  cache.Insert(keys[0], Page(7), 100);  // the first one stays
  CHECK(cache.bytes() == 500);
  for (int i = 0; i < 5; ++i) CHECK(Held(cache, keys[static_cast<size_t>(i)]) == i);
  cache.Forget(keys[1]);
  cache.Forget(keys[1]);
  CHECK(cache.bytes() == 400);
  for (int i = 0; i < 5; ++i) CHECK(Held(cache, keys[static_cast<size_t>(i)]) == (i == 1 ? -1 : i));
}

TEST_CASE("large pages that come and go leave most of the small ones") {
  PageCache cache(4 << 20);
  constexpr uint64_t kSmall = 2000;
  for (uint64_t i = 0; i < kSmall; ++i) cache.Insert({kOwner, i}, Page(static_cast<int>(i)), 200);
  for (uint64_t i = 0; i < 160; ++i) cache.Insert({kOwner, 10'000 + i}, Page(1), 100'000);
  uint64_t left = 0;
  for (uint64_t i = 0; i < kSmall; ++i) left += Held(cache, {kOwner, i}) == -1 ? 0 : 1;
  // Four times as many bytes came as are kept: by number nearly all would have gone.
  CHECK(left > kSmall / 4);
}

TEST_CASE("what is worth it is passed over while others come and go") {
  PageCache cache(400'000);
  for (uint64_t i = 0; i < 20; ++i) {
    cache.Insert({kOwner, i}, Page(1), 1000, 64);
    cache.Insert({kOwner, 100 + i}, Page(1), 1000);
  }
  for (uint64_t i = 0; i < 2000; ++i) cache.Insert({kOwner, 1000 + i}, Page(1), 1000);
  uint64_t worthy = 0;
  uint64_t others = 0;
  for (uint64_t i = 0; i < 20; ++i) {
    worthy += Held(cache, {kOwner, i}) == -1 ? 0 : 1;
    others += Held(cache, {kOwner, 100 + i}) == -1 ? 0 : 1;
  }
  CHECK(worthy == 20);
  CHECK(others < 10);
  // Not for good.
  for (uint64_t i = 0; i < 40'000; ++i) cache.Insert({kOwner, 10'000 + i}, Page(1), 1000);
  uint64_t left = 0;
  for (uint64_t i = 0; i < 20; ++i) left += Held(cache, {kOwner, i}) == -1 ? 0 : 1;
  CHECK(left < 10);
}

TEST_CASE("what is remembered stays below the capacity") {
  PageCache cache(40'000);
  for (uint64_t i = 0; i < 2000; ++i) {
    cache.Insert({kOwner, i}, Page(static_cast<int>(i)), 100);
    REQUIRE(cache.bytes() <= 40'000);
    if (i % 3 == 0) cache.Forget({kOwner, i / 2});
  }
  CHECK(cache.bytes() > 20'000);
  cache.Insert({kOwner, 5000}, Page(1), 20'000);  // more than a part of the cache takes
  CHECK(Held(cache, {kOwner, 5000}) == -1);
  for (uint64_t i = 0; i < 2000; ++i) {
    const int held = Held(cache, {kOwner, i});
    REQUIRE((held == -1 || held == static_cast<int>(i)));
  }
}

// A page that comes back to its cache when it goes, as dictionaries do.
struct Caller {
  Caller(PageCache& of, uint64_t at) : cache(of), offset(at) {}
  Caller(const Caller&) = delete;
  ~Caller() { cache.Forget({kOwner, offset}); }
  PageCache& cache;
  const uint64_t offset;
};

TEST_CASE("a page that goes may come back for others") {
  PageCache cache(4000);
  for (uint64_t i = 0; i < 200; ++i)
    cache.Insert({kOwner, i}, std::make_shared<const Caller>(cache, i + 1), 300);
  for (uint64_t i = 0; i < 200; ++i) cache.Forget({kOwner, i});
  CHECK(cache.bytes() == 0);
}

TEST_CASE("it knows how much there is of what is worth more") {
  PageCache cache(40'000);
  CHECK(cache.capacity_bytes() == 40'000);
  const auto page = std::make_shared<const int>(1);
  for (uint64_t i = 0; i < 10; ++i) {
    const int worth = i % 2 == 0 ? PageCache::kMuchWorth : PageCache::kMuchWorth - 1;
    cache.Insert({kOwner, i}, page, 100, static_cast<uint8_t>(worth));
  }
  CHECK(cache.worthy_bytes() == 500);
  cache.Forget({kOwner, 1});
  CHECK(cache.worthy_bytes() == 500);
  cache.Forget({kOwner, 2});
  CHECK(cache.worthy_bytes() == 400);
  for (uint64_t i = 10; i < 2000; ++i) cache.Insert({kOwner, i}, page, 200);
  CHECK(cache.worthy_bytes() == 0);  // driven out
  CHECK(cache.bytes() > 30'000);
}

TEST_CASE("two names of one number are told apart") {
  PageCache cache(1 << 20);
  const BlobStore blobs(std::make_shared<const MemoryBlocks>(kOwner, ""), &cache, 0);
  int times_made = 0;
  const auto ask = [&](const std::string& name) {
    const auto value = blobs.RememberNamed<std::string>(
        77, name,
        [&]() -> Result<std::shared_ptr<const std::string>> {
          ++times_made;
          return std::make_shared<const std::string>("of " + name);
        },
        [](const std::string& text) { return text.size(); });
    return value ? **value : "";
  };
  CHECK(ask("one") == "of one");
  CHECK(ask("one") == "of one");
  CHECK(times_made == 1);
  CHECK(ask("two") == "of two");
  CHECK(ask("one") == "of one");
  CHECK(times_made == 2);
}

}  // namespace
}  // namespace narfi::storage
