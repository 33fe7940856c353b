#include <doctest/doctest.h>

#include <functional>
#include <random>

#include "base/bytes.h"
#include "base/text_search.h"
#include "storage/stored_columns.h"
#include "storage/value_columns.h"
#include "tests/storage/support/memory_group.h"

namespace narfi::storage {
namespace {

using Lines = std::vector<std::string>;
using Random = std::mt19937_64;

std::vector<int64_t> TimesFor(size_t count) {
  std::vector<int64_t> times;
  for (size_t i = 0; i < count; ++i)
    times.push_back(1'795'651'200'123'456'789 + static_cast<int64_t>(i) * 1'234'567'891);
  return times;
}

void CheckLines(const StoredRowGroup& group, const Lines& lines,
                const std::vector<int64_t>& times) {
  RowBatch batch;
  for (uint32_t first = 0; first < lines.size(); first += batch.rows) {
    const uint32_t count = std::min(static_cast<uint32_t>(lines.size()) - first, kBatchRows);
    const auto read = group.Read(0, first, count, Column::kTime | Column::kLine, batch);
    INFO((read ? "" : read.error().text));
    REQUIRE(read.has_value());
    for (uint32_t i = 0; i < count; ++i) {
      CAPTURE(i);
      REQUIRE(batch.lines[i] == lines[first + i]);
      REQUIRE(batch.times[i] == times[first + i]);
    }
  }
}

// Some rows alone come back as all of them do.
void CheckSomeRows(const StoredRowGroup& group, const Lines& lines) {
  std::vector<uint32_t> rows;
  for (uint32_t row = 0; row < lines.size(); row += 1 + row % 7 * (row % 300)) rows.push_back(row);
  RowBatch batch;
  REQUIRE(group.ReadRows(rows, Column::kTime | Column::kLine, batch).has_value());
  REQUIRE(batch.lines.size() == rows.size());
  for (size_t i = 0; i < rows.size(); ++i) REQUIRE(batch.lines[i] == lines[rows[i]]);
}

void CheckNeedle(const StoredRowGroup& group, const Lines& lines, const std::string& needle) {
  const auto hits = (*group.columnar())->FindText(needle);
  REQUIRE(hits.has_value());
  for (uint32_t row = 0; row < lines.size(); ++row) {
    CAPTURE(needle);
    CAPTURE(lines[row]);
    const bool holds = ContainsText(lines[row], needle);
    const bool sure = (*hits)->sure.Has(row);
    const bool maybe = (*hits)->maybe.Has(row);
    if (sure != holds && !(holds && maybe)) REQUIRE(sure == holds);
    if (sure && maybe) REQUIRE_FALSE(maybe);
  }
}

// Pieces of lines are found where they are, and nowhere else for sure.
void CheckNeedles(const StoredRowGroup& group, const Lines& lines) {
  std::mt19937_64 random(lines.size());
  for (int i = 0; i < 12; ++i) {
    const std::string& line = lines[random() % lines.size()];
    if (line.empty()) continue;
    const size_t begin = random() % line.size();
    std::string needle = line.substr(begin, 1 + random() % 24);
    CheckNeedle(group, lines, needle);
    needle[random() % needle.size()] = static_cast<char>('0' + random() % 75);
    CheckNeedle(group, lines, needle);
  }
}

// Encodes and decodes; the bytes that it took.
size_t CheckRoundTrip(const Lines& lines, std::vector<int64_t> times = {}) {
  if (times.empty()) times = TimesFor(lines.size());
  const auto made = MakeMemoryGroup(lines, times);
  CheckLines(*made, lines, times);
  CheckSomeRows(*made, lines);
  size_t bytes = 0;
  for (const std::string& line : lines) bytes += line.size();
  if (bytes < 1 << 20) CheckNeedles(*made, lines);
  return made->stored_bytes() - made->meta().times.length;
}

template <class Make>
Lines Repeat(size_t count, Make make) {
  Lines lines;
  for (size_t i = 0; i < count; ++i) lines.push_back(make(i));
  return lines;
}

std::string Pick(Random& random, const std::vector<std::string>& from) {
  return from[random() % from.size()];
}

std::string RandomJsonValue(Random& random, int depth) {
  switch (random() % (depth > 0 ? 12 : 9)) {
    case 0:
      return "\"\"";
    case 1:
      return "\"a \\\"quoted\\\" \\u00e9 \\\\ word " + std::to_string(random() % 100) + "\"";
    case 2:
      return "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\"";
    case 3:
      return Pick(random,
                  {"true", "false", "null", "NaN", "-", "+1", "1e300", "007", "-0", "-0.0"});
    case 4:
      return std::to_string(static_cast<int64_t>(random()));
    case 5:
      return std::to_string(random() % 1000) + "." + std::to_string(random() % 1000);
    case 6:
      return "[1, \"two]\", [3, \"\\\"\"]]";
    case 7:
      return "\"" + std::to_string(random()) + "\"";
    case 8:
      return "[]";
    case 9:
      return "{}";
    case 10:
      return "[{\"k\":" + RandomJsonValue(random, depth - 1) + "},2]";
    default: {
      std::string out = "{";
      for (uint64_t i = 0, n = 1 + random() % 3; i < n; ++i) {
        if (i != 0) out += random() % 2 == 0 ? "," : " ,\t";
        out += Pick(random, {"\"a\":", "\"b\" : ", "\"a\\\"b\":", "\"\":"});
        out += RandomJsonValue(random, depth - 1);
      }
      return out + "}";
    }
  }
}

std::string RandomJson(Random& random) {
  std::string out = Pick(random, {"{", " {", "{ ", "{\n"});
  for (uint64_t i = 0, n = random() % 5; i < n; ++i) {
    if (i != 0) out += Pick(random, {",", ", "});
    out += Pick(random, {"\"level\":", "\"msg\": ", "\"n\":", "\"n\":"});
    out += RandomJsonValue(random, 3);
  }
  return out + Pick(random, {"}", "} ", "", "}x", "\"", "}}"});
}

std::string RandomBytes(Random& random, size_t at_most) {
  std::string out(random() % (at_most + 1), '\0');
  for (char& c : out) c = static_cast<char>(random());
  return out;
}

std::string RandomText(Random& random) {
  std::string out;
  for (uint64_t i = 0, n = random() % 8; i < n; ++i) {
    out +=
        Pick(random, {"user", "GET", "/v1/x9", "id=7", "q=\"a b\"", "q=\"", "a=b=c", "[12:30]",
                      "10.0.0.1:80,", "x:", "1.", "\t", "--", "\xff\xfe", "=", "k=", "{\"a\":1}"});
    out += Pick(random, {" ", "  ", "", ", "});
  }
  return out;
}

TEST_CASE("lines of any shape come back as they were") {
  const std::vector<std::function<std::string(Random&)>> kinds = {
      RandomJson, RandomText, [](Random& random) { return RandomBytes(random, 40); },
      [](Random& random) {
        return "level=" + Pick(random, {"info", "warn"}) + " ts=" + std::to_string(random() % 99) +
               " msg=\"took \\\"" + std::to_string(random() % 9) + "\\\" s\" err=";
      },
      [](Random&) { return std::string(); }};
  Random random(1);
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    const size_t kind = random() % (kinds.size() + 1);
    const size_t count = 1 + random() % (round % 10 == 0 ? 4096 : 100);
    CheckRoundTrip(Repeat(count, [&](size_t) {
      return kinds[kind < kinds.size() ? kind : random() % kinds.size()](random);
    }));
  }
}

TEST_CASE("lines that share a skeleton are split, and take little") {
  const auto line = [](size_t i) {
    return "{\"level\":\"info\",\"user\":\"user-" + std::to_string(i * i % 977) +
           "\",\"took_ms\":" + std::to_string(i % 50) + ",\"msg\":\"request " + std::to_string(i) +
           " done\"}";
  };
  CHECK(CheckRoundTrip(Repeat(4096, line)) < 4096 * 5);
}

TEST_CASE("a line may hold very many numbers") {
  Random random(14);
  CheckRoundTrip(Repeat(30, [&](size_t) {
    std::string line;
    for (int i = 0; i < 60'000; ++i) line += std::to_string(100 + random() % 900) + " ";
    return line;
  }));
}

TEST_CASE("a column of text has no more pages than the cache can tell apart") {
  const auto opens = [](uint32_t pages) {
    std::string params(32, '\0');
    PutVarint(params, 0);
    PutVarint(params, pages);
    params.append(pages, '\1');
    const BlobStore blobs(nullptr, nullptr, 0);
    return OpenText({ColumnForm::kText, pages, params, 0, pages}, blobs, 0) != nullptr;
  };
  CHECK(opens(1));
  CHECK(opens(UINT16_MAX));
  CHECK_FALSE(opens(UINT16_MAX + 1));
}

TEST_CASE("a column of every form comes back, at the ends of its range") {
  const std::vector<std::vector<std::string>> columns = {
      {"9223372036854775807", "-9223372036854775808", "0", "-1"},
      {"9223372036854775808", "-9223372036854775809", "18446744073709551615"},
      {"0", "-0", "00", "+0", "0.0", "-0.0", "0.", ".0"},
      {"007", "042", "999"},
      {"000000000000000000", "999999999999999999"},
      {"0000000000000000000", "9999999999999999999"},
      {"0.5", "-0.5", "123456789012.345678", "-99999999999999999.9", "3", "0.000000000000000001"},
      {"1.50", "2.25", "-7.00"},
      {"1e5", "1E5", "0x10", "Infinity"},
      {"12345678901234567890.123", "0.1234567890123456789"},
      {"deadbeef", "0badcafe", "12345678"},
      {"DEADBEEF", "0BADCAFE", "12345678"},
      {"DEADBEEF", "0badcafe", "12345678"},
      {"abcdef012", "012345678", "fedcba987"},
      {"6ba7b810-9dad-11d1-80b4-00c04fd430c8", "6ba7b811-9dad-11d1-80b4-00c04fd430c9"},
      {"6BA7B810-9DAD-11D1-80B4-00C04FD430C8", "6BA7B811-9DAD-11D1-80B4-00C04FD430C9"},
      {"user-1", "user-22", "user-333"},
      {"12ms", "7ms", "0ms"},
      {"-5%", "-17%", "-5%"},
      {"goal-89abcdef", "goal-00112233"},
      {"", "a", ""},
      {std::string("a\0b", 3), std::string("\0", 1), "c"},
  };
  for (const int repeat : {1, 30, 700}) {
    for (const auto& values : columns) {
      CAPTURE(values[0]);
      Lines lines;
      for (int r = 0; r < repeat; ++r) {
        for (const std::string& value : values) lines.push_back("{\"v\":\"" + value + "\"}");
      }
      CheckRoundTrip(lines);
    }
  }
}

TEST_CASE("times as text come back, whatever their digits and zones") {
  const std::vector<std::string> forms = {"Z",      "",  "+00:00", "-00:00", "+02:00", "-0730",
                                          "+14:00", "z", " UTC",   "+2:00",  "+99:99"};
  for (const std::string& zone : forms) {
    for (int digits = 0; digits <= 10; ++digits) {
      CAPTURE(zone);
      CAPTURE(digits);
      CheckRoundTrip(Repeat(200, [&](size_t i) {
        std::string out = "{\"ts\":\"20" + std::to_string(10 + i % 90) + "-0" +
                          std::to_string(1 + i % 9) + "-1" + std::to_string(i % 10) +
                          (i % 3 == 0 ? "T23:59:5" : "T00:00:0") + std::to_string(i % 10);
        if (digits > 0) out += "." + std::string(static_cast<size_t>(digits), '9');
        return out + zone + "\"}";
      }));
    }
  }
  for (const char* odd :
       {"2023-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "1969-12-31T23:59:59Z",
        "1970-01-01T00:00:00+05:00", "2261-12-31T23:59:59.999999999-09:00", "2262-01-01T00:00:00Z",
        "2024-01-01 10:00:00,123", "2024-01-01T24:00:00Z", "2024-01-01T10:60:00Z",
        "2024-06-30T23:59:60Z", "2024-13-01T00:00:00Z", "2024-00-10T00:00:00Z",
        "2024-01-00T00:00:00Z", "9999-12-31T23:59:59Z", "2024-01-01t10:00:00Z"}) {
    CAPTURE(odd);
    CheckRoundTrip({std::string("{\"ts\":\"") + odd + "\"}", "{\"ts\":\"2024-01-01T10:00:00Z\"}",
                    std::string("{\"ts\":\"") + odd + "\"}"});
  }
}

TEST_CASE("a time in the text that follows the entry's costs next to nothing") {
  Lines lines;
  const std::vector<int64_t> times = TimesFor(4096);
  for (size_t i = 0; i < times.size(); ++i) {
    const int64_t micros = times[i] / 1000 % 1'000'000;
    const int64_t second = times[i] / 1'000'000'000 % 86'400;
    char text[64];
    std::snprintf(text, sizeof text, "{\"ts\":\"2026-11-%02dT%02d:%02d:%02d.%06dZ\"}",
                  static_cast<int>(
                      26 + (times[i] / 1'000'000'000 / 86'400 - times[0] / 1'000'000'000 / 86'400)),
                  static_cast<int>(second / 3600), static_cast<int>(second / 60 % 60),
                  static_cast<int>(second % 60), static_cast<int>(micros));
    lines.emplace_back(text);
  }
  CHECK(CheckRoundTrip(lines) < 250);
}

TEST_CASE("times of digits that come and go come back") {
  CheckRoundTrip(Repeat(500, [](size_t i) {
    std::string text = "{\"ts\":\"2026-11-26T00:00:0" + std::to_string(i % 10);
    if (i % 10 != 0) text += "." + std::string(i % 10, static_cast<char>('1' + i % 9));
    return text + "Z\"}";
  }));
}

TEST_CASE("entries at the ends of time have lines as others do") {
  const Lines lines = Repeat(64, [](size_t i) {
    return "{\"ts\":\"2026-11-26T00:00:0" + std::to_string(i % 10) + ".123456789Z\"}";
  });
  std::vector<int64_t> times(64, INT64_MAX);
  for (size_t i = 0; i < 32; ++i) times[i] = INT64_MIN;
  CheckRoundTrip(lines, times);
}

std::string DigitPair(size_t i) {
  return std::to_string(i % 7 % 5) + ":" + std::to_string(i % 11 % 9) + " ";
}

TEST_CASE("pages that no template fits cost little more than their text") {
  Random random(3);
  const std::vector<Lines> pages = {
      Repeat(4096, [&](size_t i) { return std::string(i % 97, 'x') + "{" + std::to_string(i); }),
      Repeat(
          4096,
          [&](size_t i) { return "{\"k" + std::to_string(i) + "\":" + std::to_string(i) + "}"; }),
      Repeat(500, [&](size_t) { return RandomBytes(random, 3000); }),
      Repeat(4096, [&](size_t) { return RandomJson(random); }),
      Repeat(3, [&](size_t i) { return std::string(1 << 20, static_cast<char>('a' + i)); }),
      Repeat(2, [&](size_t) { return RandomBytes(random, 1 << 20); }),
      Repeat(30,
             [](size_t) {
               std::string line;
               for (int i = 0; i < 5000; ++i) line += std::to_string(i) + " ";
               return line;
             }),
      Repeat(4096,
             [](size_t i) {
               std::string line = "{";
               for (size_t k = 0; k < 60; ++k)
                 line +=
                     "\"" + std::to_string((i * 7 + k) % 5000) + "\":" + std::to_string(k) + ",";
               return line;
             }),
      Lines(4096),
      // What a splitter that looks ahead could be slow at.
      Repeat(2, [](size_t) { return "{\"a\":" + std::string(1 << 20, '[') + "{"; }),
      Repeat(2, [](size_t) { return "{" + std::string(1 << 20, '"'); }),
      Repeat(2, [](size_t) { return "a=\"" + std::string(1 << 20, '\\') + "\""; }),
      // Numbers of a byte whose column needs eight for each.
      Repeat(2100,
             [](size_t i) {
               std::string line;
               for (size_t k = 0; k < 120; ++k)
                 line += i == k ? "9223372036854775807:1 " : DigitPair(i * 131 + k * k);
               return line;
             }),
  };
  for (const Lines& lines : pages) {
    CAPTURE(lines[0].substr(0, 40));
    const size_t bytes = CheckRoundTrip(lines);
    std::vector<std::string_view> views(lines.begin(), lines.end());
    EncodedColumn text;
    EncodeText(views, text);
    AddGramFilter(views, text);
    CHECK(bytes <= text.cost() * 106 / 100 + 700);
  }
}

TEST_CASE("a field of JSON lines comes back for every row that has it") {
  const Lines lines = Repeat(5000, [](size_t i) {
    if (i % 5 == 0) return "no json " + std::to_string(i);
    if (i % 5 == 1) return std::string("{\"other\":1}");
    return "{\"id\":\"" + std::to_string(i % 300) + "\",\"n\":{\"x\":" + std::to_string(i) + "}}";
  });
  const auto made = MakeMemoryGroup(lines, TimesFor(lines.size()));
  const auto columns = *made->columnar();
  for (const bool nested : {false, true}) {
    std::vector<uint32_t> slots;
    for (const LineTemplate& shape : columns->templates()) {
      uint32_t at = shape.is_json ? Columnar::kSlotAbsent : Columnar::kSlotAsk;
      for (uint32_t i = 0; i < shape.slots.size(); ++i) {
        const auto& path = shape.slots[i].path;
        if (nested ? path.size() == 2 && path[1] == "x" : path.size() == 1 && path[0] == "id")
          at = i;
      }
      slots.push_back(at);
    }
    const auto view = columns->Field(slots);
    REQUIRE(view.has_value());
    for (uint32_t row = 0; row < lines.size(); ++row) {
      const uint16_t code = (*view)->codes[row];
      if (row % 5 == 0) REQUIRE(code == FieldView::kAsk);
      if (row % 5 == 1) REQUIRE(code == FieldView::kAbsent);
      if (row % 5 < 2) continue;
      REQUIRE((*view)->values[code] == std::to_string(nested ? row : row % 300));
    }
  }
}

TEST_CASE("how many rows are older than a moment is known without reading them") {
  std::mt19937_64 random(9);
  for (const int spread : {0, 1, 50, 1'000'000'000}) {
    std::vector<int64_t> times;
    int64_t time = -5'000;
    for (int i = 0; i < 3000; ++i)
      times.push_back(
          time += spread == 0 ? 0 : static_cast<int64_t>(random() % static_cast<uint64_t>(spread)));
    const auto made = MakeMemoryGroup(Lines(times.size()), times);
    for (int i = 0; i < 200; ++i) {
      const int64_t border =
          times[random() % times.size()] + static_cast<int64_t>(random() % 3) - 1;
      const auto want = std::lower_bound(times.begin(), times.end(), border) - times.begin();
      REQUIRE(*made->RowsBefore(0, border) == static_cast<uint32_t>(want));
    }
  }
}

TEST_CASE("lines of more numbers than a column holds come back as they were") {
  Random random(11);
  const Lines lines = Repeat(132, [&](size_t) {
    std::string line(256 << 10, ' ');
    for (size_t i = 0; i < line.size(); i += 2) line[i] = static_cast<char>('0' + random() % 10);
    return line;
  });
  REQUIRE(lines.size() * lines[0].size() / 2 > kMaxGroupValues);
  const auto made = MakeMemoryGroup(lines, TimesFor(lines.size()));
  CheckLines(*made, lines, TimesFor(lines.size()));
}

TEST_CASE("a damaged row group is an error or its very lines") {
  const Lines lines = Repeat(40, [](size_t i) {
    return "{\"ts\":\"2026-11-26T00:00:0" + std::to_string(i % 10) +
           ".12Z\",\"n\":" + std::to_string(i) + ",\"d\":" + std::to_string(i) + ".5,\"id\":\"" +
           std::to_string(10'000'000 + i * 77'777) + "abcd\",\"w\":\"word " + std::to_string(i) +
           " of a text\",\"p\":\"00" + std::to_string(i % 10) + "\",\"l\":\"" +
           (i % 20 == 0 ? "a" : "b") + "\"}";
  });
  const std::vector<int64_t> times = TimesFor(lines.size());
  const auto made = MakeMemoryGroup(lines, times);
  std::string bytes;
  REQUIRE(made->source().ReadRaw({0, static_cast<uint32_t>(made->stored_bytes())}, bytes));
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (const int flip : {1, 16, 128, 255}) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const StoredRowGroup group(
          std::make_shared<const MemoryBlocks>(made->source().owner(), std::move(damaged)),
          made->meta(), "damaged", nullptr);
      RowBatch batch;
      const auto read =
          group.Read(0, 0, 40, Column::kTime | Column::kLine | Column::kMetadata, batch);
      CAPTURE(at);
      CHECK_FALSE(read.has_value());
      if (!read) CHECK(read.error().code == Code::kCorrupt);
    }
  }
  CheckLines(*made, lines, times);
}

}  // namespace
}  // namespace narfi::storage
