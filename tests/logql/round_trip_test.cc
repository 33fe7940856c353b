// text -> tree -> text -> tree is the identity, for queries made at random.
#include <doctest/doctest.h>

#include <cstdlib>
#include <random>

#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "tests/logql/support/parsing.h"

namespace narfi::logql {
namespace {

class QueryMaker {
 public:
  explicit QueryMaker(uint32_t seed) : random_(seed) {}

  std::string Query() { return Chance(3) ? LogQuery() : Sample(3); }

 private:
  bool Chance(int one_in) { return random_() % static_cast<uint32_t>(one_in) == 0; }

  template <size_t N>
  std::string Pick(const char* const (&choices)[N]) {
    return choices[random_() % N];
  }

  std::string Name() {
    return Pick({"app", "level", "x", "_y1", "sum", "rate", "count", "duration"});
  }
  std::string Text() {
    return Pick({"\"\"", "\"a b\"", "\"\\\"q\\\"\"", "`back\\slash`", "\"tab\\t\\u00e9\"",
                 "\"\\x00\\xff\"", "\"{{.x}}\""});
  }
  std::string Regex() { return Pick({"\"a+\"", "`(x|y).*`", "`\\d{2}`", "\".+\""}); }
  std::string Number() { return Pick({"0", "1", "2.5", "1e3", "0.000001", "123456789"}); }
  std::string Duration() { return Pick({"5m", "1h30m", "250ms", "1.5s", "2d"}); }
  std::string Range() { return Pick({"[5m]", "[1h30m]", "[1d]", "[90s]"}); }

  std::string Matcher() {
    return Chance(2) ? Name() + Pick({"=", "!="}) + Text() : Name() + Pick({"=~", "!~"}) + Regex();
  }

  std::string Names(const char* separator = ", ") {
    std::string out = Name();
    while (Chance(2)) out += separator + Name();
    return out;
  }

  std::string Selector() {
    std::string out = "{must=\"be\"";
    while (Chance(2)) out += "," + Matcher();
    return out + "}";
  }

  std::string Comparison() {
    const std::string op = Pick({"=", "==", "!=", ">", ">=", "<", "<="});
    switch (random_() % 5) {
      case 0:
        return Name() + op + Pick({"", "-", "+"}) + Number();
      case 1:
        return Name() + op + Duration();
      case 2:
        return Name() + op + Pick({"10KB", "1.5MiB", "20b", "1234567B", "5GB"});
      case 3:
        return Name() + Pick({"=", "!="}) + "ip(\"10.0.0.0/8\")";
      default:
        return Matcher();
    }
  }

  std::string Filter(int depth) {
    if (depth == 0 || Chance(2)) return Comparison();
    if (Chance(3)) return "(" + Filter(depth - 1) + ")";
    return Filter(depth - 1) + Pick({" and ", " or ", ", ", " "}) + Filter(depth - 1);
  }

  std::string LineFilter() {
    std::string out;
    if (Chance(3)) {
      out = Pick({"|= ", "!= "}) + "ip(\"::1\")";
    } else if (Chance(2)) {
      out = Pick({"|~ ", "!~ "}) + Regex();
      while (Chance(3)) out += " or " + Regex();
    } else {
      out = Pick({"|= ", "!= ", "|> ", "!> "}) + Text();
      while (Chance(3)) out += " or " + Text();
    }
    return " " + out;
  }

  std::string Stage() {
    switch (random_() % 12) {
      case 0:
        return " | json";
      case 1:
        return " | json " + Name() + ", " + Name() + "=\"a.b[0]\"";
      case 2:
        return " | logfmt" + Pick({"", " --strict", " --keep-empty", " --strict --keep-empty"});
      case 3:
        return " | logfmt --strict " + Name() + "=\"k\"";
      case 4:
        return " | regexp `(?P<n>x)(y)`";
      case 5:
        return " | pattern \"<a> <_> <b>\"";
      case 6:
        return Pick({" | unpack", " | decolorize"});
      case 7:
        return " | line_format " + Text();
      case 8:
        return " | label_format new_x=" + Name() + ", new_y=" + Text();
      case 9:
        return Pick({" | drop ", " | keep "}) + Names() + ", " + Matcher();
      case 10:
        return " | " + Filter(3);
      default:
        return LineFilter();
    }
  }

  std::string Pipeline() {
    std::string out;
    while (!Chance(3)) out += Stage();
    return out;
  }

  std::string LogQuery() { return Selector() + Pipeline(); }

  std::string Grouping() {
    if (Chance(2)) return "";
    return Pick({" by (", " without ("}) + (Chance(5) ? "" : Names()) + ") ";
  }

  std::string RangeAggregation() {
    const std::string offset = Chance(3) ? " offset " + (Chance(2) ? Duration() : "-90m") : "";
    if (Chance(2)) {
      return Pick(
                 {"rate", "count_over_time", "bytes_rate", "bytes_over_time", "absent_over_time"}) +
             "(" + LogQuery() + Range() + offset + ")";
    }
    const std::string unwrap = " | unwrap " +
                               Pick({"x", "duration(x)", "duration_seconds(x)", "bytes(x)"}) +
                               (Chance(2) ? " | " + Filter(2) : "");
    const std::string inside = Chance(2) ? Selector() + Range() + offset + Pipeline() + unwrap
                                         : LogQuery() + unwrap + Range() + offset;
    if (Chance(3)) return "quantile_over_time(" + Number() + "," + inside + ")" + Grouping();
    if (Chance(2)) return Pick({"sum_over_time", "rate_counter", "rate"}) + "(" + inside + ")";
    return Pick({"avg_over_time", "max_over_time", "first_over_time", "stddev_over_time"}) + "(" +
           inside + ")" + Grouping();
  }

  std::string Modifier() {
    std::string out = Chance(3) ? " bool " : " ";
    if (Chance(2)) return out;
    out += Pick({"on (", "ignoring ("}) + (Chance(4) ? "" : Names()) + ") ";
    if (Chance(2)) out += Pick({"group_left ", "group_right "}) + "(" + Names() + ") ";
    return out;
  }

  std::string Sample(int depth) {
    if (depth == 0 || Chance(4)) return Chance(4) ? "vector(" + Number() + ")" : RangeAggregation();
    switch (random_() % 5) {
      case 0:
        return Pick({"sum", "avg", "min", "max", "count", "stddev"}) + Grouping() + "(" +
               Sample(depth - 1) + ")";
      case 1:
        return Pick({"topk", "bottomk"}) + "(7, " + Sample(depth - 1) + ")" + Grouping();
      case 2:
        return "label_replace(" + Sample(depth - 1) + "," + Text() + "," + Text() + "," + Text() +
               "," + Regex() + ")";
      case 3:
        return "(" + Sample(depth - 1) + ")" + Pick({"+", "-", "*", "/", "^", ">=", "!="}) +
               Modifier() + Number();
      default:
        return Sample(depth - 1) + " " + Pick({"+", "/", "%", "or", "and", "unless", "==", "<"}) +
               Modifier() + Sample(depth - 1);
    }
  }

  std::mt19937 random_;
};

uint32_t Seed() {
  const char* given = std::getenv("NARFI_SEED");
  return given != nullptr ? static_cast<uint32_t>(std::strtoul(given, nullptr, 10))
                          : std::random_device()();
}

TEST_CASE("Printing and reading again changes nothing") {
  const uint32_t seed = Seed();
  MESSAGE("NARFI_SEED=" << seed);
  QueryMaker maker(seed);
  for (int i = 0; i < 3000; ++i) {
    const std::string query = maker.Query();
    CAPTURE(query);
    const auto first = Parse(query);
    if (!first) FAIL(first.error().text);
    const std::string text = Print(*first);
    REQUIRE(Canonical(text) == text);
    const auto second = Parse(PrettyPrint(*first));
    if (!second) FAIL(second.error().text);
    REQUIRE(Print(*second) == text);
  }
}

}  // namespace
}  // namespace narfi::logql
