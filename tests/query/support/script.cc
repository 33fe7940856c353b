#include "tests/query/support/script.h"

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "base/duration.h"
#include "query/logql/parser.h"
#include "query/logql/unquote.h"

namespace narfi::query_test {
namespace {

std::string TakeWord(std::string& rest) {
  const size_t end = std::min(rest.find(' '), rest.size());
  std::string word = rest.substr(0, end);
  rest.erase(0, std::min(rest.find_first_not_of(' ', end), rest.size()));
  return word;
}

Result<LabelMap> ReadLabels(const std::string& text) {
  NARFI_ASSIGN(const auto expr, logql::Parse(text, {.open_selectors = true}));
  LabelMap labels;
  for (const logql::Matcher& matcher : std::get<logql::LogSelector>(expr).matchers)
    labels[matcher.name] = matcher.value;
  return labels;
}

// A label set in braces in front of `rest`; quotes may hold braces.
Result<LabelMap> TakeLabels(std::string& rest) {
  bool quoted = false;
  for (size_t i = 0; i < rest.size(); ++i) {
    if (rest[i] == '\\')
      ++i;
    else if (rest[i] == '"')
      quoted = !quoted;
    else if (rest[i] == '}' && !quoted) {
      NARFI_ASSIGN(LabelMap labels, ReadLabels(rest.substr(0, i + 1)));
      rest.erase(0, i + 1);
      rest.erase(0, std::min(rest.find_first_not_of(' '), rest.size()));
      return labels;
    }
  }
  return Fail(Code::kInvalidArgument, "no } in " + rest);
}

double ReadNumber(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

// @10s +{a="b"} line
Result<ScriptCase::Line> ReadLine(std::string rest) {
  ScriptCase::Line line;
  if (!rest.starts_with('@')) return Fail(Code::kInvalidArgument, "no @time in front of " + rest);
  NARFI_ASSIGN(line.time_ns, ParseGoDuration(TakeWord(rest).substr(1)));
  if (rest.starts_with("+{")) {
    rest.erase(0, 1);
    NARFI_ASSIGN(line.labels, TakeLabels(rest));
  }
  line.text = std::move(rest);
  if (line.text.starts_with('"')) {
    const auto unquoted = logql::Unquote(line.text);
    if (!unquoted) return Fail(Code::kInvalidArgument, "no string: " + line.text);
    line.text = *unquoted;
  }
  return line;
}

class Reader {
 public:
  Status Take(std::string line, int number) {
    if (line.empty() || line.front() == '#') return {};
    if (line.starts_with("  ")) return TakeIndented(line.substr(line.find_first_not_of(' ')));
    const std::string command = TakeWord(line);
    if (command == "load") return TakeLoad(line);
    ScriptCase& test = script.cases.emplace_back();
    test.number = number;
    loading_ = false;
    if (command == "fail") return TakeFail(line, test);
    if (command != "eval") return Fail(Code::kInvalidArgument, "no command: " + command);
    const std::string kind = TakeWord(line);
    if (kind == "lines") return TakeLines(line, test);
    if (kind == "instant") return TakeInstant(line, test);
    return kind == "range" ? TakeRange(line, test)
                           : Status(Fail(Code::kInvalidArgument, "no kind of eval: " + kind));
  }

  Script script;

 private:
  Status TakeLoad(const std::string& text) {
    NARFI_ASSIGN(const LabelMap labels, ReadLabels(text));
    std::vector<Label> pairs;
    for (const auto& [name, value] : labels) pairs.push_back({name, value});
    script.streams.emplace_back().labels = Labels(std::move(pairs));
    loading_ = true;
    return {};
  }

  static Status TakeFail(const std::string& text, ScriptCase& test) {
    const size_t arrow = text.rfind(" -> ");
    if (arrow == std::string::npos) return Fail(Code::kInvalidArgument, "no -> in " + text);
    test.kind = ScriptCase::Kind::kFail;
    test.query = text.substr(0, arrow);
    test.error = text.substr(arrow + 4);
    test.end_ns = kMinute;
    test.step_ns = 10 * kSecond;
    return {};
  }

  static Status TakeLines(const std::string& text, ScriptCase& test) {
    const size_t from = text.rfind(" from ");
    if (from == std::string::npos) return Fail(Code::kInvalidArgument, "no from in " + text);
    test.query = text.substr(0, from);
    std::string rest = text.substr(from + 6);
    NARFI_ASSIGN(test.start_ns, ParseGoDuration(TakeWord(rest)));
    if (TakeWord(rest) != "to") return Fail(Code::kInvalidArgument, "no to in " + text);
    NARFI_ASSIGN(test.end_ns, ParseGoDuration(TakeWord(rest)));
    while (!rest.empty()) {
      const std::string word = TakeWord(rest);
      if (word == "forward") test.forward = true;
      if (word == "limit") test.limit = std::strtoull(TakeWord(rest).c_str(), nullptr, 10);
    }
    return {};
  }

  static Status TakeInstant(std::string text, ScriptCase& test) {
    test.kind = ScriptCase::Kind::kInstant;
    NARFI_ASSIGN(test.end_ns, ParseGoDuration(TakeWord(text)));
    test.query = std::move(text);
    return {};
  }

  static Status TakeRange(std::string text, ScriptCase& test) {
    test.kind = ScriptCase::Kind::kRange;
    NARFI_ASSIGN(test.start_ns, ParseGoDuration(TakeWord(text)));
    if (TakeWord(text) != "to") return Fail(Code::kInvalidArgument, "no to");
    NARFI_ASSIGN(test.end_ns, ParseGoDuration(TakeWord(text)));
    if (TakeWord(text) != "step") return Fail(Code::kInvalidArgument, "no step");
    NARFI_ASSIGN(test.step_ns, ParseGoDuration(TakeWord(text)));
    test.query = std::move(text);
    return {};
  }

  Status TakeIndented(std::string text) {
    if (loading_) {
      NARFI_ASSIGN(ScriptCase::Line line, ReadLine(std::move(text)));
      TestEntry& entry = script.streams.back().entries.emplace_back();
      entry.time_ns = line.time_ns;
      entry.line = std::move(line.text);
      for (const auto& [name, value] : line.labels.value_or(LabelMap()))
        entry.metadata.push_back({name, value});
      return {};
    }
    if (script.cases.empty()) return Fail(Code::kInvalidArgument, "nothing to belong to: " + text);
    ScriptCase& test = script.cases.back();
    if (test.kind != ScriptCase::Kind::kLines) return TakeSeries(std::move(text), test);
    NARFI_ASSIGN(ScriptCase::Line line, ReadLine(std::move(text)));
    test.lines.push_back(std::move(line));
    return {};
  }

  static Status TakeSeries(std::string text, ScriptCase& test) {
    LabelMap labels;
    if (text.starts_with('{')) {
      NARFI_ASSIGN(labels, TakeLabels(text));
    }
    auto& points = test.series[labels];
    while (!text.empty()) {
      std::string word = TakeWord(text);
      int64_t time_ns = test.end_ns;
      if (word.starts_with('@')) {
        const size_t equals = word.find('=');
        NARFI_ASSIGN(time_ns, ParseGoDuration(word.substr(1, equals - 1)));
        word.erase(0, equals + 1);
      }
      points[time_ns] = ReadNumber(word);
    }
    return {};
  }

  bool loading_ = false;
};

}  // namespace

Result<Script> ParseScript(const std::string& text) {
  Reader reader;
  std::istringstream in(text);
  std::string line;
  for (int number = 1; std::getline(in, line); ++number) {
    if (auto taken = reader.Take(line, number); !taken)
      return Wrap("line " + std::to_string(number), std::move(taken).error());
  }
  return std::move(reader.script);
}

}  // namespace narfi::query_test
