#include "line/template/json_value.h"

#include <algorithm>
#include <optional>
#include <string>

#include "base/go_number.h"
#include "base/unicode.h"

namespace narfi::line::tmpl {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class JsonReader {
 public:
  JsonReader(Runtime& runtime, std::string_view text) : runtime_(runtime), rest_(text) {}

  // kInvalidArgument: no JSON; kLimit: too much of it.
  Result<Value> Run() {
    NARFI_ASSIGN(const Value value, Any(0));
    SkipSpace();
    if (!rest_.empty()) return Bad();
    return value;
  }

 private:
  static tl::unexpected<Error> Bad() { return Fail(Code::kInvalidArgument, "no JSON"); }

  void SkipSpace() {
    while (!rest_.empty() && std::string_view(" \t\r\n").find(rest_[0]) != std::string_view::npos)
      rest_.remove_prefix(1);
  }
  bool Accept(char c) {
    SkipSpace();
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool AcceptWord(std::string_view word) {
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  Result<Value> Any(int depth) {
    SkipSpace();
    NARFI_TRY(runtime_.CountWork(sizeof(Value)));
    if (rest_.empty() || depth > kMaxJsonDepth) return Bad();
    switch (rest_[0]) {
      case '{':
        return Object(depth);
      case '[':
        return Array(depth);
      case '"': {
        NARFI_ASSIGN(const std::string text, String());
        return runtime_.Keep(text);
      }
      case 't':
        if (AcceptWord("true")) return MakeBool(true);
        return Bad();
      case 'f':
        if (AcceptWord("false")) return MakeBool(false);
        return Bad();
      case 'n':
        if (AcceptWord("null")) return Value();
        return Bad();
      default:
        return Number();
    }
  }

  // Of equal keys the last counts.
  Result<Value> Object(int depth) {
    Map map;
    rest_.remove_prefix(1);
    if (Accept('}')) return runtime_.KeepMap(std::move(map));
    do {
      SkipSpace();
      if (!rest_.starts_with('"')) return Bad();
      NARFI_ASSIGN(const std::string key, String());
      NARFI_ASSIGN(const Value name, runtime_.Keep(key));
      if (!Accept(':')) return Bad();
      NARFI_ASSIGN(Value value, Any(depth + 1));
      value.boxed = true;
      map.emplace_back(name.text, value);
    } while (Accept(','));
    if (!Accept('}')) return Bad();
    std::stable_sort(map.begin(), map.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    Map unique;
    for (auto& pair : map) {
      if (!unique.empty() && unique.back().first == pair.first) unique.pop_back();
      unique.push_back(pair);
    }
    return runtime_.KeepMap(std::move(unique));
  }

  Result<Value> Array(int depth) {
    List list;
    rest_.remove_prefix(1);
    if (Accept(']')) return runtime_.KeepList(std::move(list));
    do {
      NARFI_ASSIGN(Value value, Any(depth + 1));
      value.boxed = true;
      list.push_back(value);
    } while (Accept(','));
    if (!Accept(']')) return Bad();
    return runtime_.KeepList(std::move(list));
  }

  // A number that float64 cannot hold becomes nothing.
  Result<Value> Number() {
    size_t end = rest_.starts_with('-') ? 1 : 0;
    const auto digits = [&] {
      const size_t begin = end;
      while (end < rest_.size() && IsDigit(rest_[end])) ++end;
      return end > begin;
    };
    const size_t first = end;
    if (!digits() || (rest_[first] == '0' && end > first + 1)) return Bad();
    if (end < rest_.size() && rest_[end] == '.') {
      ++end;
      if (!digits()) return Bad();
    }
    if (end < rest_.size() && (rest_[end] == 'e' || rest_[end] == 'E')) {
      ++end;
      if (end < rest_.size() && (rest_[end] == '+' || rest_[end] == '-')) ++end;
      if (!digits()) return Bad();
    }
    const auto value = ParseGoFloat(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return value ? MakeFloat(*value) : Value();
  }

  Result<std::string> String() {
    std::string out;
    rest_.remove_prefix(1);
    while (!rest_.empty() && rest_[0] != '"') {
      if (static_cast<uint8_t>(rest_[0]) < ' ') return Bad();
      if (rest_[0] == '\\') {
        if (!Escape(out)) return Bad();
        continue;
      }
      const Rune rune = DecodeRune(rest_);
      AppendRune(out, rune.value);
      rest_.remove_prefix(rune.bytes);
    }
    if (rest_.empty()) return Bad();
    rest_.remove_prefix(1);
    return out;
  }

  std::optional<uint32_t> Hex4() {
    if (rest_.size() < 6 || !rest_.starts_with("\\u")) return std::nullopt;
    uint32_t value = 0;
    for (const char c : rest_.substr(2, 4)) {
      const char lower = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && (lower < 'a' || lower > 'f')) return std::nullopt;
      value = value << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : lower - 'a' + 10);
    }
    return value;
  }

  bool Escape(std::string& out) {
    if (rest_.size() < 2) return false;
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    if (const size_t at = kLetters.find(rest_[1]); at != std::string_view::npos) {
      out += kValues[at];
      rest_.remove_prefix(2);
      return true;
    }
    const auto high = Hex4();
    if (!high) return false;
    rest_.remove_prefix(6);
    if (*high >= 0xD800 && *high < 0xDC00) {
      const auto low = Hex4();
      if (low && *low >= 0xDC00 && *low < 0xE000) {
        rest_.remove_prefix(6);
        AppendRune(out, 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
        return true;
      }
    }
    AppendRune(out, *high);  // half a pair becomes U+FFFD
    return true;
  }

  Runtime& runtime_;
  std::string_view rest_;
};

}  // namespace

Result<Value> ParseJsonValue(Runtime& runtime, std::string_view text) {
  auto value = JsonReader(runtime, text).Run();
  if (!value && value.error().code != Code::kLimit) return Value();
  return value;
}

}  // namespace narfi::line::tmpl
