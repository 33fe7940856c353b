#include "storage/skeleton_search.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "base/text_search.h"
#include "storage/skeleton.h"

namespace narfi::storage {
namespace {

using Random = std::mt19937_64;

// What is said of the needle is true of the text, the way columns of skeletons use it.
void CheckNeedle(const std::string& text, const std::string& needle) {
  std::string skeleton;
  std::vector<Variable> variables;
  MakeSkeleton(text, skeleton, variables);
  const SkeletonNeedle wanted = MakeSkeletonNeedle(needle);
  const bool holds = ContainsText(text, needle);
  const auto in_variable = [&](VariableKind least) {
    return std::any_of(variables.begin(), variables.end(), [&](const Variable& variable) {
      return variable.kind >= least && ContainsText(variable.text, needle);
    });
  };
  CAPTURE(text);
  CAPTURE(needle);
  CAPTURE(wanted.pattern);
  if (wanted.is_number) {
    const bool has_long_run =
        std::any_of(variables.begin(), variables.end(),
                    [](const Variable& variable) { return variable.kind == kMaxDigitRun; });
    if (!has_long_run) REQUIRE(in_variable(0) == holds);
    REQUIRE(wanted.pattern.empty());
    return;
  }
  if (wanted.pattern.empty()) return;
  const bool matches = ContainsText(skeleton, wanted.pattern);
  const bool in_id =
      wanted.may_be_in_id &&
      in_variable(static_cast<VariableKind>(kHexVariable | std::min(needle.size(), size_t{127})));
  if (holds) REQUIRE((matches || in_id));
  if (wanted.is_exact) REQUIRE(matches == holds);
}

std::string SwapCase(std::string text, Random& random) {
  for (char& c : text) {
    if (random() % 2 == 0 && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
      c = static_cast<char>(c ^ 0x20);
  }
  return text;
}

// The same when case does not count: what the pattern rules out holds the needle in no case.
void CheckFolded(const std::string& text, const std::string& any_case) {
  const std::string needle = ToLowerAscii(any_case);
  std::string skeleton;
  std::vector<Variable> variables;
  MakeSkeleton(text, skeleton, variables);
  const SkeletonNeedle wanted = MakeSkeletonNeedle(needle, true);
  const bool holds = FindLower(text, needle) != std::string::npos;
  CAPTURE(text);
  CAPTURE(needle);
  CAPTURE(wanted.pattern);
  if (!holds || wanted.is_number || wanted.pattern.empty()) return;
  const bool in_id = wanted.may_be_in_id &&
                     std::any_of(variables.begin(), variables.end(), [&](const Variable& variable) {
                       return variable.kind >= kHexVariable && ContainsText(variable.text, needle);
                     });
  REQUIRE((FindLower(skeleton, wanted.pattern) != std::string::npos || in_id));
}

std::string RandomText(Random& random, std::string_view alphabet, size_t size) {
  std::string out;
  for (size_t i = 0; i < size; ++i) out += alphabet[random() % alphabet.size()];
  return out;
}

// A piece of the text, perhaps with a byte changed, or any text.
std::string RandomNeedle(Random& random, const std::string& text, std::string_view alphabet) {
  if (text.empty() || random() % 4 == 0) return RandomText(random, alphabet, 1 + random() % 8);
  const size_t begin = random() % text.size();
  std::string out = text.substr(begin, 1 + random() % 30);
  if (random() % 4 == 0) out[random() % out.size()] = alphabet[random() % alphabet.size()];
  return out;
}

TEST_CASE("a text that holds a needle has what the needle leaves in its skeleton") {
  Random random(5);
  for (const std::string_view alphabet :
       {std::string_view("a1fgT-: 0.x"), std::string_view("a1f"), std::string_view("01ab g"),
        std::string_view("\xC0\xC1\x7F\x02\x88 a1")}) {
    for (int round = 0; round < 60'000; ++round) {
      const std::string text = RandomText(random, alphabet, random() % 40);
      CheckNeedle(text, RandomNeedle(random, text, alphabet));
      CheckFolded(text, SwapCase(RandomNeedle(random, text, alphabet), random));
    }
  }
}

TEST_CASE("the same for texts with times and ids in them") {
  Random random(6);
  const std::vector<std::string> pieces = {"2026-11-20T00:06:40",
                                           "2026-11-20 23:59:59.125",
                                           "0badcafe12",
                                           "abcdef",
                                           "abcdef12",
                                           "12",
                                           "7",
                                           "123456789012345678",
                                           " ",
                                           "-",
                                           ":",
                                           ".",
                                           ",",
                                           "T",
                                           "Z",
                                           "x",
                                           "g",
                                           "+02:00"};
  for (int round = 0; round < 200'000; ++round) {
    std::string text;
    for (uint64_t i = 0, n = 1 + random() % 5; i < n; ++i) text += pieces[random() % pieces.size()];
    CheckNeedle(text, RandomNeedle(random, text, "a1fgT-: 0.x"));
    text = SwapCase(text, random);
    CheckFolded(text, SwapCase(RandomNeedle(random, text, "a1fgT-: 0.x"), random));
  }
}

TEST_CASE("words without numbers are searched in skeletons alone, exactly") {
  for (const char* needle : {"ERROR", "request done", "=x y", "G", "zz"}) {
    CAPTURE(needle);
    CHECK(MakeSkeletonNeedle(needle).pattern == needle);
  }
  CHECK(MakeSkeletonNeedle("ERROR").is_exact);
  CHECK_FALSE(MakeSkeletonNeedle("took 12 ms").is_exact);
  CHECK(MakeSkeletonNeedle("took 12 ms").pattern == "took \xC0\x02 ms");
  CHECK(MakeSkeletonNeedle("12 ms").pattern == " ms");
  CHECK(MakeSkeletonNeedle("beef").may_be_in_id);
  CHECK(MakeSkeletonNeedle("123").is_number);
  CHECK(MakeSkeletonNeedle("00:06").pattern.empty());
}

}  // namespace
}  // namespace narfi::storage
