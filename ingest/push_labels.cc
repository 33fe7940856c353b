// The labels of a stream out of text. The plain form that every client sends is read here, at the
// cost of one pass; anything else is left to the LogQL parser, which also words the errors.
#include <algorithm>
#include <optional>

#include "base/go_text.h"
#include "base/unicode.h"
#include "ingest/push_decode.h"
#include "query/logql/parser.h"

namespace narfi::ingest {
namespace {

bool IsNameStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsNameByte(char c) { return IsNameStart(c) || (c >= '0' && c <= '9'); }

bool IsLabelName(std::string_view name) {
  return !name.empty() && IsNameStart(name.front()) &&
         std::all_of(name.begin(), name.end(), IsNameByte);
}

void SkipSpace(std::string_view& rest) {
  const size_t begin = rest.find_first_not_of(" \t\r\n");
  rest.remove_prefix(std::min(begin, rest.size()));
}

bool TakeByte(std::string_view& rest, char c) {
  SkipSpace(rest);
  if (!rest.starts_with(c)) return false;
  rest.remove_prefix(1);
  return true;
}

std::string_view TakeName(std::string_view& rest) {
  SkipSpace(rest);
  if (rest.empty() || !IsNameStart(rest.front())) return {};
  const auto end = std::find_if_not(rest.begin(), rest.end(), IsNameByte);
  const std::string_view name = rest.substr(0, static_cast<size_t>(end - rest.begin()));
  rest.remove_prefix(name.size());
  return name;
}

// A string in double quotes without escapes but \" and \\.
std::optional<std::string> TakeValue(std::string_view& rest) {
  if (!TakeByte(rest, '"')) return std::nullopt;
  std::string value;
  for (;;) {
    const size_t stop = rest.find_first_of("\"\\\n");
    if (stop == std::string_view::npos || rest[stop] == '\n') return std::nullopt;
    value += rest.substr(0, stop);
    const char what = rest[stop];
    rest.remove_prefix(stop + 1);
    if (what == '"') return value;
    if (rest.empty() || (rest.front() != '"' && rest.front() != '\\')) return std::nullopt;
    value += rest.front();
    rest.remove_prefix(1);
  }
}

std::optional<std::vector<Label>> ReadPlainLabels(std::string_view text) {
  if (!IsValidUtf8(text)) return std::nullopt;
  std::vector<Label> pairs;
  if (!TakeByte(text, '{')) return std::nullopt;
  bool closed = TakeByte(text, '}');
  while (!closed) {
    const std::string_view name = TakeName(text);
    if (name.empty() || !TakeByte(text, '=')) return std::nullopt;
    std::optional<std::string> value = TakeValue(text);
    if (!value) return std::nullopt;
    pairs.push_back({std::string(name), std::move(*value)});
    closed = TakeByte(text, '}');
    if (!closed && !TakeByte(text, ',')) return std::nullopt;
    if (!closed) closed = TakeByte(text, '}');
  }
  SkipSpace(text);
  if (!text.empty()) return std::nullopt;
  return pairs;
}

void SortByName(std::vector<Label>& pairs) {
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Label& a, const Label& b) { return a.name < b.name; });
}

void SetLabels(std::vector<Label> pairs, PushStream& stream) {
  std::erase_if(pairs, [](const Label& pair) { return pair.value.empty(); });
  SortByName(pairs);
  const auto same_name = [](const Label& a, const Label& b) { return a.name == b.name; };
  const bool clash = std::adjacent_find(pairs.begin(), pairs.end(), same_name) != pairs.end();
  stream.clashing_labels = clash ? pairs : std::vector<Label>();
  stream.labels = Labels(std::move(pairs));
}

Status ParseByLogql(std::string_view text, PushStream& stream) {
  constexpr std::string_view kContext = "couldn't parse labels";
  Result<Labels> labels = logql::ParseLabels(text);
  if (!labels) {
    Error error = std::move(labels).error();
    if (error.text.starts_with(kContext)) return tl::unexpected<Error>(std::move(error));
    return Wrap(kContext, std::move(error));
  }
  stream.clashing_labels.clear();
  stream.labels = *std::move(labels);
  return {};
}

std::string LabelText(const std::vector<Label>& pairs) {
  std::string text = "{";
  for (const Label& pair : pairs) {
    if (text.size() > 1) text += ", ";
    text += pair.name;
    text += '=';
    AppendGoQuoted(text, pair.value);
  }
  text += '}';
  return text;
}

}  // namespace

Status ObjectBudget::Exceeded() const {
  if (is_short_) return Fail(Code::kUnavailable, "the push needs more memory");
  return Fail(Code::kLimit, "push has too many entries, labels and metadata for its size");
}

Status ParseStreamLabels(std::string_view text, ObjectBudget& budget, PushStream& stream) {
  if (text.empty()) {
    SetLabels({}, stream);
    return {};
  }
  for (size_t at = text.find('='); at != std::string_view::npos; at = text.find('=', at + 1)) {
    NARFI_TRY(budget.Take<Label>());  // no more labels than equal signs
  }
  if (std::optional<std::vector<Label>> pairs = ReadPlainLabels(text)) {
    SetLabels(*std::move(pairs), stream);
    return {};
  }
  return ParseByLogql(text, stream);
}

Status SetStreamLabels(std::vector<Label> pairs, PushStream& stream) {
  const bool valid = std::all_of(pairs.begin(), pairs.end(),
                                 [](const Label& pair) { return IsLabelName(pair.name); });
  if (valid) {
    stream.clashing_labels.clear();
    stream.labels = Labels(std::move(pairs));
    return {};
  }
  SortByName(pairs);
  return ParseByLogql(LabelText(pairs), stream);
}

}  // namespace narfi::ingest
