// What a segment says of its row groups against what their lines hold.
#include "storage/segment_lookup.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "storage/id_dictionary.h"
#include "storage/segment_writer.h"
#include "tests/storage/support/id_text.h"
#include "tests/storage/support/memory_group.h"
#include "tests/storage/support/one_object.h"

namespace narfi::storage {
namespace {

using Lines = std::vector<std::string>;
using Random = std::mt19937_64;
constexpr auto kKnown = LookupEffort::kKnown;
constexpr auto kMake = LookupEffort::kMake;

std::vector<int64_t> TimesOf(size_t count) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < count; ++i) times.push_back(1'700'000'000'000'000'000 + int64_t{1000} * i);
  return times;
}

// A segment of these row groups, and what is kept of it.
struct Made {
  using Metadata = std::vector<std::vector<MetadataPair>>;  // of each line
  // `metadata`: of each row group, or none.
  explicit Made(std::vector<Lines> lines, const std::vector<Metadata>& metadata = {})
      : groups(std::move(lines)) {
    SegmentFooter about;
    about.id = {1, 2};
    about.tenant = "t";
    auto writer = SegmentWriter::Create(store, "x", about, {});
    REQUIRE(writer.has_value());
    for (size_t g = 0; g < groups.size(); ++g) {
      const auto made = MakeMemoryGroup(groups[g], TimesOf(groups[g].size()),
                                        metadata.empty() ? Metadata() : metadata[g]);
      REQUIRE((*writer)->CopyGroup(made).has_value());
    }
    REQUIRE((*writer)->Commit().has_value());
    Open();
  }

  void Open() {
    auto opened = SegmentReader::Open(store, "x", &cache);
    REQUIRE(opened.has_value());
    segment = *opened;
  }
  SegmentLookup lookup() { return SegmentLookup(*segment, cache); }
  GroupSet Holding(std::string_view text) const {
    GroupSet set = 0;
    for (size_t g = 0; g < groups.size(); ++g) {
      const auto holds = [&](const std::string& line) {
        return line.find(text) != std::string::npos;
      };
      if (std::any_of(groups[g].begin(), groups[g].end(), holds)) set |= GroupSet{1} << g;
    }
    return set;
  }

  std::vector<Lines> groups;
  OneObject store;
  PageCache cache{16 << 20};
  std::shared_ptr<const SegmentReader> segment;
};

// Row group g has ids from 700 g on, a part of which the next one has, too.
std::vector<Lines> GroupsWithIds(IdForm form, size_t groups) {
  std::vector<Lines> out(groups);
  for (size_t g = 0; g < groups; ++g) {
    for (uint64_t i = 0; i < 3000; ++i)
      out[g].push_back(fmt::format(R"({{"msg":"took {} ms","trace":"{}","part":{}.5}})", i % 77,
                                   IdText(g * 700 + i * 7919 % 1000, form), i));
  }
  return out;
}

TEST_CASE("ids of the dictionary are told at once, exactly, and remembered") {
  for (const IdForm form : {IdForm::kPlain, IdForm::kUpper, IdForm::kUuid}) {
    Made made(GroupsWithIds(form, 5));
    REQUIRE(made.segment->footer().dictionaries.size() == 1);
    const SegmentLookup lookup = made.lookup();
    const GroupSet all = FirstGroups(5);
    CHECK(lookup.WithText(IdText(1, form), kKnown).unknown == all);
    CHECK(lookup.WithText(IdText(1, form), kKnown).waits);
    for (uint64_t id = 0; id < 4000; id += 13) {
      const std::string text = IdText(id, form);
      const GroupAnswer answer = lookup.WithText(text, kMake);
      CAPTURE(text);
      CHECK(answer.unknown == 0);
      CHECK_FALSE(answer.waits);
      CHECK(answer.may_have == made.Holding(text));
      const GroupAnswer again = lookup.WithText(text, kKnown);
      CHECK(again.unknown == 0);
      CHECK(again.may_have == answer.may_have);
    }
    CHECK(SegmentLookup::CanTell(IdText(1, form)));
    CHECK_FALSE(SegmentLookup::CanTell("no id, but long enough"));
    CHECK_FALSE(SegmentLookup::CanTell("abcdef0123"));
    // A part of an id is in too many of them.
    CHECK(lookup.WithText(IdText(1, form).substr(0, 20), kMake).unknown == all);
    CHECK(lookup.WithText("no id, but long enough", kMake).unknown == all);
    CHECK(lookup.WithText("abcdef0123", kMake).unknown == all);
    CHECK_FALSE(lookup.WithText("abcdef0123", kKnown).waits);
  }
}

// Lines of many kinds, in which ids stand in all sorts of places.
constexpr uint64_t kKinds = 14;
std::string RandomLine(Random& random, uint64_t kind, uint64_t first_id, size_t width) {
  constexpr uint64_t kIds = 1200;
  const auto id = [&] {
    return IdText(first_id + random() % kIds, IdForm::kPlain).substr(0, width);
  };
  const auto number = [&] { return random() >> random() % 60; };
  switch (kind) {
    case 0:
      return fmt::format(R"({{"trace":"{}","n":{}}})", id(), random() % 1000);
    case 1:
      return fmt::format("GET /v1/items/{} took {} ms", id(), number());
    case 2:
      return fmt::format("trace-{} done", id());
    case 3:
      return fmt::format("ab{}{} joined", id(), number() % 10);
    case 4:
      return fmt::format(R"({{"ids":["{}","{}"],"x":{}}})", id(), id(), number());
    case 5:
      return fmt::format("time=2026-11-25T21:30:{:02}.{:09}-05:00 id={}", random() % 60,
                         random() % 1'000'000'000, id());
    case 6:
      return fmt::format(R"({{"trace":"{}"}})", IdText(first_id + random() % kIds, IdForm::kUuid));
    case 7:
      return fmt::format(R"({{"trace":"{}"}})", IdText(first_id + random() % kIds, IdForm::kUpper));
    case 8:
      return fmt::format("{}-{}", id().substr(0, width / 2), id().substr(width / 2));
    case 9:
      return id();
    case 10:
      return fmt::format("span={} {}", id().substr(0, width / 2), std::string(random() % 40, '-'));
    case 11:
      return fmt::format("{}{}", id(), id().substr(0, random() % width));
    case 12:
      return fmt::format(R"({{"x":{}.{}}})", random() % 100'000'000'000'000'000, random() % 10);
    default:
      return fmt::format("n={} {}.{} {}", number(), number(), number(),
                         -static_cast<int64_t>(number() % 100000));
  }
}

// A stretch of the line that might be an id, or a part of one.
std::string RandomNeedle(Random& random, const std::string& line) {
  const std::string_view bytes = "0123456789abcdefABCDEF-";
  size_t end = 0;
  std::vector<std::string> found;
  for (size_t at = 0; at < line.size(); at = end + 1) {
    end = std::min(line.find_first_not_of(bytes, at), line.size());
    if (end - at >= kLeastLookup) found.push_back(line.substr(at, end - at));
  }
  if (found.empty()) return {};
  const std::string& whole = found[random() % found.size()];
  const size_t cut = random() % 2 == 0 ? 0 : random() % (whole.size() - kLeastLookup + 1);
  const size_t rest = whole.size() - cut - kLeastLookup;
  return whole.substr(cut, random() % 2 == 0 ? std::string::npos
                                             : kLeastLookup + (rest == 0 ? 0 : random() % rest));
}

TEST_CASE("no row group is ruled out that has the text, wherever it stands") {
  size_t ruled_out = 0;
  size_t found = 0;
  for (uint64_t seed = 0; seed < 2 * kKinds + 8; ++seed) {
    Random random(seed);
    // A few kinds of lines a segment; of the first one half of the lines, so that a dictionary
    // pays.
    std::vector<uint64_t> kinds = {0, seed / 2 % kKinds};
    if (seed >= 2 * kKinds) kinds = {0, random() % kKinds, random() % kKinds, random() % kKinds};
    std::vector<Lines> groups(2 + random() % 5);
    for (size_t g = 0; g < groups.size(); ++g) {
      while (groups[g].size() < 4000) {
        const uint64_t kind = kinds[random() % 2 * (random() % kinds.size())];
        groups[g].push_back(RandomLine(random, kind, 700 * g, seed % 2 == 0 ? 32 : 16));
      }
    }
    Made made(std::move(groups));
    const SegmentLookup lookup = made.lookup();
    for (int i = 0; i < 200; ++i) {
      const Lines& lines = made.groups[random() % made.groups.size()];
      std::string needle = RandomNeedle(random, lines[random() % lines.size()]);
      if (needle.empty()) continue;
      if (random() % 8 == 0) needle[random() % needle.size()] = 'e';
      const GroupAnswer answer = lookup.WithText(needle, kMake);
      const GroupSet holding = made.Holding(needle);
      CAPTURE(seed);
      CAPTURE(needle);
      REQUIRE((holding & ~(answer.may_have | answer.unknown)) == 0);
      REQUIRE((answer.may_have & answer.unknown) == 0);
      if ((answer.may_have | answer.unknown) != FirstGroups(made.groups.size())) ++ruled_out;
      if ((holding & answer.may_have) != 0) ++found;
    }
  }
  CHECK(ruled_out > 100);
  CHECK(found > 300);
}

TEST_CASE("ids in more sets of row groups than a byte tells are asked where they may be") {
  constexpr size_t kGroups = 12;
  std::vector<Lines> groups(kGroups);
  Random random(4);
  for (uint64_t id = 0; id < 3000; ++id) {
    const uint64_t in = random() % 3 == 0 ? 1 : 1 + random() % 4095;
    for (size_t g = 0; g < kGroups; ++g) {
      if ((in >> g & 1) == 0) continue;
      for (int i = 0; i < 3; ++i)
        groups[g].push_back(fmt::format(R"({{"trace":"{}"}})", IdText(id, IdForm::kPlain)));
    }
  }
  for (Lines& lines : groups) std::shuffle(lines.begin(), lines.end(), random);
  Made made(std::move(groups));
  REQUIRE(made.segment->footer().dictionaries.size() == 1);
  const SegmentLookup lookup = made.lookup();
  size_t asked = 0;
  for (uint64_t id = 0; id < 3000; id += 3) {
    const std::string text = IdText(id, IdForm::kPlain);
    const GroupAnswer answer = lookup.WithText(text, kMake);
    const GroupSet holding = made.Holding(text);
    CHECK((holding & ~(answer.may_have | answer.unknown)) == 0);
    if (answer.unknown == 0) CHECK(answer.may_have == holding);
    if (answer.unknown != 0) ++asked;
  }
  CHECK(asked > 400);
  CHECK(asked < 700);
}

TEST_CASE("names of labels and structured metadata are known, so far as they are few") {
  const Lines lines = {"one", "two"};
  std::vector<std::string> names;
  for (size_t i = 0; i < kMaxLookupNames; ++i) names.push_back(fmt::format("name{:03}", i));
  std::vector<MetadataPair> many;
  for (const std::string& name : names) many.push_back({name, "x"});
  const std::vector<MetadataPair> level = {{"level", "info"}};
  Made made({lines, lines, lines}, {{level, level}, {{}, {}}, {many, many}});
  const SegmentLookup lookup = made.lookup();
  CHECK(lookup.WithLabel("app", kKnown).unknown == 7);
  const GroupAnswer label = lookup.WithLabel("app", kMake);
  CHECK(label.may_have == 7);
  CHECK(label.unknown == 0);
  CHECK(lookup.WithMetadataName("app", kKnown).may_have == 0);
  // "app" and "level" came first: the last two names are not kept.
  CHECK(lookup.WithMetadataName("level", kMake).may_have == 1);
  CHECK(lookup.WithMetadataName("level", kMake).unknown == 0);
  CHECK(lookup.WithLabel("level", kMake).may_have == 0);
  CHECK(lookup.WithMetadataName("name000", kKnown).may_have == 4);
  CHECK(lookup.WithMetadataName(names.back(), kKnown).unknown == 4);
  CHECK(lookup.WithMetadataName("none", kKnown).unknown == 4);
}

TEST_CASE("values of structured metadata are looked up as ids of lines are") {
  Random random(8);
  std::vector<std::string> ids;
  for (uint64_t id = 0; id < 4000; ++id) ids.push_back(IdText(id, IdForm::kPlain));
  constexpr size_t kGroups = 5;
  std::vector<Lines> groups(kGroups);
  std::vector<Made::Metadata> metadata(kGroups);
  for (size_t g = 0; g < kGroups; ++g) {
    for (int i = 0; i < 4000; ++i) {
      const std::string& id = ids[700 * g + random() % 1200];
      groups[g].push_back(fmt::format("took {} ms", random() % 1000));
      metadata[g].push_back({{"level", "info"}});
      if (random() % 2 == 0) metadata[g].back().push_back({"trace", id});
      if (g == 3 && random() % 100 == 0) metadata[g].back() = {{"note", "done by"}, {"other", id}};
    }
  }
  Made made(std::move(groups), metadata);
  REQUIRE(made.segment->footer().dictionaries.size() == 1);
  const SegmentLookup lookup = made.lookup();
  CHECK(lookup.WithMetadata("trace", ids[1], kKnown).unknown == FirstGroups(kGroups));
  size_t found = 0;
  for (const std::string& id : ids) {
    GroupSet holding = 0;
    for (size_t g = 0; g < kGroups; ++g) {
      for (const auto& pairs : metadata[g]) {
        for (const MetadataPair& pair : pairs) {
          if (pair.name == "trace" && pair.value == id) holding |= GroupSet{1} << g;
        }
      }
    }
    const GroupAnswer answer = lookup.WithMetadata("trace", id, kMake);
    REQUIRE((holding & ~(answer.may_have | answer.unknown)) == 0);
    // Row group 3 has a column of its own beside.
    CHECK((answer.unknown & ~GroupSet{8}) == 0);
    CHECK((answer.may_have & ~holding & ~GroupSet{8}) == 0);
    found += holding != 0 ? 1 : 0;
    CHECK(lookup.WithMetadata("none", id, kMake).may_have == 0);
    CHECK((lookup.WithMetadata("other", id, kMake).may_have & ~GroupSet{8}) == 0);
  }
  CHECK(found > 3000);
}

TEST_CASE("a row group whose metadata is packed may have any name, whatever others have") {
  std::vector<std::string> names;
  for (size_t i = 0; i < 2000; ++i) names.push_back(fmt::format("name{:04}", i));
  std::vector<std::string> ids;
  for (uint64_t id = 0; id < 2000; ++id) ids.push_back(IdText(id, IdForm::kPlain));
  std::vector<Lines> groups(2);
  std::vector<Made::Metadata> metadata(2);
  for (size_t i = 0; i < 4000; ++i) {
    groups[0].push_back("of few names");
    metadata[0].push_back({{"trace", ids[i % 1500]}});
    groups[1].push_back("of many");
    metadata[1].push_back({{names[i % 2000], "x"}});
    if (i >= 2000) metadata[1].back() = {{names[i % 2000], "x"}, {"trace", ids[i % 2000]}};
  }
  Made made(std::move(groups), metadata);
  const auto columns = made.segment->groups()[1]->columnar();
  REQUIRE(columns.has_value());
  REQUIRE((*columns)->has_more_metadata_names());
  const SegmentLookup lookup = made.lookup();
  CHECK(lookup.WithMetadataName("trace", kMake).may_have == 1);
  CHECK(lookup.WithMetadataName("trace", kMake).unknown == 2);
  CHECK((lookup.WithMetadata("trace", ids[1], kMake).unknown & 2) != 0);
  CHECK(lookup.WithLabel("app", kMake).may_have == 3);
}

TEST_CASE("what was asked for once is remembered of a common text") {
  Made made({{"a plain line"}, {"with \\u00e9"}, {"another"}});
  const SegmentLookup lookup = made.lookup();
  CHECK(lookup.WithCommonText("\\u00", kKnown).unknown == 7);
  for (const LookupEffort effort : {kMake, kKnown}) {
    const GroupAnswer answer = lookup.WithCommonText("\\u00", effort);
    CHECK(answer.may_have == 2);
    CHECK(answer.unknown == 0);
  }
}

TEST_CASE("of more row groups than a set has nothing is known") {
  std::vector<Lines> groups;
  const std::string id = IdText(1, IdForm::kPlain);
  for (size_t g = 0; g <= kMaxSetGroups; ++g) groups.push_back({id});
  Made made(std::move(groups));
  REQUIRE(made.segment->groups().size() == kMaxSetGroups + 1);
  const SegmentLookup lookup = made.lookup();
  CHECK(lookup.WithText(id, kMake).unknown == ~GroupSet{0});
  CHECK(lookup.WithCommonText(id, kMake).unknown == ~GroupSet{0});
  CHECK(lookup.WithLabel("app", kMake).unknown == ~GroupSet{0});
}

TEST_CASE("a table that has no room as a page is not made, again and again") {
  Made made(GroupsWithIds(IdForm::kPlain, 3));
  const auto dictionary = made.segment->ids().Get(0);
  REQUIRE(dictionary.has_value());
  // A page is a quarter of the cache.
  for (const bool has_room : {false, true}) {
    PageCache cache(8 * (*dictionary)->count() + (has_room ? 8 : -8));
    const SegmentLookup lookup(*made.segment, cache);
    const GroupAnswer answer = lookup.WithText(IdText(1, IdForm::kPlain), kMake);
    CHECK((answer.unknown == 0) == has_room);
    CHECK_FALSE(answer.waits);
  }
}

TEST_CASE("a damaged row group is asked itself") {
  Made made(GroupsWithIds(IdForm::kPlain, 4));
  const auto directory = made.segment->groups()[2]->meta().directory;
  made.store.bytes[directory.offset + directory.length / 2] ^= 1;
  made.Open();
  const SegmentLookup lookup = made.lookup();
  for (uint64_t id = 0; id < 3000; id += 31) {
    const std::string text = IdText(id, IdForm::kPlain);
    const GroupAnswer answer = lookup.WithText(text, kMake);
    CHECK(answer.unknown == 4);
    CHECK(answer.may_have == (made.Holding(text) & ~GroupSet{4}));
  }
  CHECK(lookup.WithLabel("app", kMake).unknown == 4);
  CHECK(lookup.WithCommonText("took", kMake).unknown == 4);
}

TEST_CASE("whatever byte of a segment is damaged, no row group is ruled out that has the id") {
  Made made(GroupsWithIds(IdForm::kPlain, 3));
  const std::string sound = made.store.bytes;
  Random random(3);
  size_t unknown = 0;
  for (int i = 0; i < 300; ++i) {
    made.store.bytes = sound;
    made.store.bytes[random() % sound.size()] ^= static_cast<char>(1 << random() % 8);
    PageCache cache(8 << 20);
    const auto segment = SegmentReader::Open(made.store, "x", &cache);
    if (!segment) continue;  // the footer
    const SegmentLookup lookup(**segment, cache);
    for (int k = 0; k < 5; ++k) {
      const std::string text = IdText(random() % 2500, IdForm::kPlain);
      const GroupAnswer answer = lookup.WithText(text, kMake);
      CAPTURE(i);
      REQUIRE((made.Holding(text) & ~(answer.may_have | answer.unknown)) == 0);
      unknown += answer.unknown != 0 ? 1 : 0;
    }
  }
  CHECK(unknown > 50);
}

// The longest stretch of the bytes in a text.
size_t LongestIn(std::string_view text, const ByteSet& of) {
  size_t longest = 0;
  size_t now = 0;
  for (const char c : text) {
    now = HasByte(of, c) ? now + 1 : 0;
    longest = std::max(longest, now);
  }
  return longest;
}

TEST_CASE("no text made of pieces and values has a longer stretch than was measured") {
  ByteSet of;
  AddBytes(of, "01");
  Random random(9);
  const auto text = [&](size_t most) {
    std::string out;
    const uint64_t odd = 2 + random() % 20;
    while (out.size() < most) out += random() % odd == 0 ? 'x' : random() % 2 == 0 ? '0' : '1';
    return out.substr(0, random() % (most + 1));
  };
  for (int round = 0; round < 20'000; ++round) {
    RunMeter meter(of);
    std::string whole;
    std::vector<std::pair<size_t, size_t>> ids;  // where they lie in `whole`, and their sizes
    const size_t pieces = random() % 5;
    for (size_t i = 0; i < pieces; ++i) {
      const std::string piece = text(60);
      if (random() % 3 == 0) {
        meter.AddText(piece);
      } else if (random() % 2 == 0) {
        meter.AddValue(RunsOf(of, piece));
      } else {
        meter.AddValue({0, LongestIn(piece, of)});
        ids.emplace_back(whole.size(), piece.size());
      }
      whole += piece;
    }
    meter.EndText();
    const size_t longest = LongestIn(whole, of);
    CAPTURE(whole);
    if (longest >= kLeastRun) REQUIRE(longest <= meter.runs().any());
    // Of stretches that lie in no id all is told.
    for (size_t begin = 0, end = 0; begin < whole.size(); begin = end + 1) {
      end = std::min(whole.find('x', begin), whole.size());
      const bool is_id = std::any_of(ids.begin(), ids.end(), [&, b = begin, e = end](auto id) {
        return id.first <= b && e <= id.first + id.second;
      });
      if (end - begin >= kLeastRun && !is_id) REQUIRE(end - begin <= meter.runs().longest);
    }
  }
  CHECK(RunsOf(of, "x" + std::string(40, '0') + "x").longest == 40);
  CHECK(RunsOf(of, "x" + std::string(15, '0') + "x").longest == 0);
  CHECK(RunsOf(of, "x" + std::string(15, '0')).longest == 15);
}

}  // namespace
}  // namespace narfi::storage
