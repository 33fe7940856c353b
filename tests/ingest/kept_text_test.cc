#include "ingest/kept_text.h"

#include <doctest/doctest.h>

namespace narfi::ingest {
namespace {

TEST_CASE("a text has the size that was asked for and room behind it, whatever was kept") {
  for (const size_t size : {size_t{0}, size_t{3}, size_t{100'000}, size_t{5'000'000}, size_t{7}}) {
    std::string text = TakeText(size);
    CHECK(text.size() == size);
    CHECK(text.capacity() >= size + kBodySlack);
    text.assign(size, 'x');
    const StableText stable = MakeStable(std::move(text));
    CHECK(stable->size() == size);
  }
}

TEST_CASE("a text that is in use is nobody else's") {
  StableText first = MakeStable(TakeText(1000));
  first->assign(1000, 'a');
  StableText second = MakeStable(TakeText(1000));
  second->assign(1000, 'b');
  CHECK(first->find('b') == std::string::npos);
  first.reset();
  std::string third = TakeText(900);
  third.assign(900, 'c');
  CHECK(second->find_first_not_of('b') == std::string::npos);
}

}  // namespace
}  // namespace narfi::ingest
