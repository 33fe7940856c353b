#include "config/setting.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "base/size.h"

namespace narfi::config {
namespace {

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

template <class T>
bool ParseNumber(std::string_view text, T& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end;
}

bool ParseBool(std::string_view text, bool& value) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const char* word : {"true", "t", "1", "yes", "y", "on"}) {
    if (lower == word) return value = true;
  }
  for (const char* word : {"false", "f", "0", "no", "n", "off"}) {
    if (lower == word) return value = false, true;
  }
  return false;
}

bool ParseNs(std::string_view text, int64_t& ns) {
  if (text == "0") return ns = 0, true;
  const auto parsed = ParseDuration(text);
  if (!parsed || *parsed < 0) return false;
  ns = *parsed;
  return true;
}

bool ParseSize(std::string_view text, uint64_t& bytes) {
  const auto parsed = ParseConfigBytes(text);
  if (parsed) bytes = *parsed;
  return parsed.has_value();
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t comma = std::min(text.find(','), text.size());
    std::string_view item = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    while (item.starts_with(' ')) item.remove_prefix(1);
    while (item.ends_with(' ')) item.remove_suffix(1);
    if (!item.empty()) out.emplace_back(item);
  }
  return out;
}

// "a=b,c=d".
bool SplitMap(std::string_view text, std::map<std::string, std::string>& map) {
  std::map<std::string, std::string> out;
  for (const std::string& item : SplitList(text)) {
    const size_t equals = item.find('=');
    if (equals == std::string::npos || equals == 0) return false;
    out[item.substr(0, equals)] = item.substr(equals + 1);
  }
  map = std::move(out);
  return true;
}

bool SetSlot(const Slot& slot, std::string_view text) {
  return std::visit(Overloaded{
                        [&](const Bool& s) { return ParseBool(text, *s.value); },
                        [&](const Text& s) { return s.value->assign(text), true; },
                        [&](const Port& s) { return ParseNumber(text, *s.value); },
                        [&](const Count& s) { return ParseNumber(text, *s.value); },
                        [&](const Integer& s) { return ParseNumber(text, *s.value); },
                        [&](const Float& s) {
                          double value = 0;
                          if (!ParseNumber(text, value) || !std::isfinite(value) || value < 0)
                            return false;
                          return *s.value = value, true;
                        },
                        [&](const Bytes& s) { return ParseSize(text, *s.value); },
                        [&](const Duration& s) { return ParseNs(text, *s.ns); },
                        [&](const OptionalDuration& s) {
                          int64_t ns = 0;
                          if (!ParseNs(text, ns)) return false;
                          return *s.ns = ns, true;
                        },
                        [&](const TextList& s) { return *s.value = SplitList(text), true; },
                        [&](const TextMapSlot& s) { return SplitMap(text, *s.value); },
                        [&](const FudgeOrSkip& s) {
                          *s.fudge = text == "fudge";
                          return text == "fudge" || text == "skip";
                        },
                        [](const RetentionList&) { return false; },
                        [](const OtlpRuleList&) { return false; },
                    },
                    slot);
}

std::string ListToYaml(const std::vector<std::string>& list) {
  std::string out = "[";
  for (const std::string& item : list) {
    if (out.size() > 1) out += ", ";
    out += QuoteYaml(item);
  }
  return out + "]";
}

std::string MapToYaml(const std::map<std::string, std::string>& map) {
  std::string out = "{";
  for (const auto& [name, value] : map) {
    if (out.size() > 1) out += ", ";
    out += QuoteYaml(name) + ": " + QuoteYaml(value);
  }
  return out + "}";
}

std::string RetentionToYaml(const std::vector<RetentionStream>& rules) {
  std::string out = "[";
  for (const RetentionStream& rule : rules) {
    if (out.size() > 1) out += ", ";
    out += fmt::format("{{selector: {}, priority: {}, period: {}}}", QuoteYaml(rule.selector),
                       rule.priority, FormatGoDuration(rule.period_ns));
  }
  return out + "]";
}

std::string OtlpRulesToYaml(const std::vector<OtlpRule>& rules) {
  std::string out = "[";
  for (const OtlpRule& rule : rules) {
    if (out.size() > 1) out += ", ";
    out += fmt::format("{{action: {}, ", OtlpActionName(rule.action));
    out += rule.regex.empty() ? "attributes: " + ListToYaml(rule.attributes)
                              : "regex: " + QuoteYaml(rule.regex);
    out += '}';
  }
  return out + "]";
}

size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

}  // namespace

Status SetFromText(const Setting& setting, std::string_view text) {
  if (!SetSlot(setting.slot, text)) {
    return Fail(Code::kInvalidArgument,
                fmt::format("{} is not {}", GoQuote(text), Expected(setting.slot)));
  }
  if (setting.check == nullptr) return {};
  std::string wrong = setting.check(text);
  if (!wrong.empty()) return Fail(Code::kInvalidArgument, std::move(wrong));
  return {};
}

std::string_view Expected(const Slot& slot) {
  return std::visit(
      Overloaded{
          [](const Bool&) { return "true or false"; },
          [](const Text&) { return "a text"; },
          [](const Port&) { return "a port number (0 to 65535)"; },
          [](const Count&) { return "a whole number, 0 or more"; },
          [](const Integer&) { return "a whole number"; },
          [](const Float&) { return "a number, 0 or more"; },
          [](const Bytes&) { return "a size such as 256KB"; },
          [](const Duration&) { return "a duration such as 30s or 1h"; },
          [](const OptionalDuration&) { return "a duration such as 30s or 1h"; },
          [](const TextList&) { return "a list of texts"; },
          [](const TextMapSlot&) { return "a map of texts (as a flag: name=value,name=value)"; },
          [](const FudgeOrSkip&) { return "fudge or skip"; },
          [](const RetentionList&) { return "a list of {selector, priority, period}"; },
          [](const OtlpRuleList&) { return "a list of {action, attributes, regex}"; },
      },
      slot);
}

std::optional<std::string> ToYaml(const Slot& slot) {
  using Out = std::optional<std::string>;
  return std::visit(Overloaded{
                        [](const Bool& s) -> Out { return *s.value ? "true" : "false"; },
                        [](const Text& s) -> Out { return QuoteYaml(*s.value); },
                        [](const Port& s) -> Out { return fmt::format("{}", *s.value); },
                        [](const Count& s) -> Out { return fmt::format("{}", *s.value); },
                        [](const Integer& s) -> Out { return fmt::format("{}", *s.value); },
                        [](const Float& s) -> Out { return FormatSample(*s.value); },
                        [](const Bytes& s) -> Out { return fmt::format("{}", *s.value); },
                        [](const Duration& s) -> Out { return FormatGoDuration(*s.ns); },
                        [](const OptionalDuration& s) -> Out {
                          if (!*s.ns) return std::nullopt;
                          return FormatGoDuration(**s.ns);
                        },
                        [](const TextList& s) -> Out { return ListToYaml(*s.value); },
                        [](const TextMapSlot& s) -> Out { return MapToYaml(*s.value); },
                        [](const FudgeOrSkip& s) -> Out { return *s.fudge ? "fudge" : "skip"; },
                        [](const RetentionList& s) -> Out { return RetentionToYaml(*s.value); },
                        [](const OtlpRuleList& s) -> Out { return OtlpRulesToYaml(*s.value); },
                    },
                    slot);
}

std::string QuoteYaml(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string Nearest(std::string_view name, const std::vector<std::string>& candidates) {
  std::string best;
  size_t best_distance = std::max<size_t>(2, name.size() / 2) + 1;
  for (const std::string& candidate : candidates) {
    const size_t distance = EditDistance(name, candidate);
    if (distance >= best_distance) continue;
    best_distance = distance;
    best = candidate;
  }
  return best;
}

}  // namespace narfi::config
