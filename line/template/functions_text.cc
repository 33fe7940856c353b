// Functions on text: those of Go's strings package and of sprig.
#include <algorithm>

#include "base/unicode.h"
#include "base/unicode_case.h"
#include "line/rune_class.h"
#include "line/template/fail.h"
#include "line/template/functions.h"
#include "line/template/printf_spec.h"

namespace narfi::line::tmpl {
namespace of_text {
namespace {

Result<Value> Lower(Runtime& runtime, Args args) { return runtime.Keep(ToLowerText(args[0].text)); }
Result<Value> Upper(Runtime& runtime, Args args) { return runtime.Keep(ToUpperText(args[0].text)); }

// What separates words for title.
bool IsSeparator(uint32_t rune) {
  const auto value = static_cast<int32_t>(rune);
  if (rune < 0x80) return rune != '_' && !IsLetterRune(value) && !IsDigitRune(value);
  return IsSpaceRune(value);
}

Result<Value> Title(Runtime& runtime, Args args) {
  std::string out;
  bool begins = true;
  for (std::string_view rest = args[0].text; !rest.empty();) {
    const Rune rune = DecodeRune(rest);
    AppendRune(out, begins ? ToUpperRune(rune.value) : rune.value);
    begins = IsSeparator(rune.value);
    rest.remove_prefix(rune.bytes);
  }
  return runtime.Keep(out);
}

// ------------------------------------------------------------------ cutting

std::string_view LastRunes(std::string_view text, size_t count, size_t length) {
  text.remove_prefix(TakeRunes(text, length - count).size());
  return text;
}

Result<Value> Trunc(Runtime&, Args args) {
  const int64_t count = args[0].integer;
  const std::string_view text = args[1].text;
  const auto length = static_cast<int64_t>(CountRunes(text));
  if (count < 0 && count > -length)
    return MakeText(LastRunes(text, static_cast<size_t>(-count), static_cast<size_t>(length)));
  if (count >= 0 && count < length) return MakeText(TakeRunes(text, static_cast<size_t>(count)));
  return MakeText(text);
}

Result<Value> Substr(Runtime&, Args args) {
  int64_t start = args[0].integer;
  int64_t end = args[1].integer;
  const std::string_view text = args[2].text;
  const auto length = static_cast<int64_t>(CountRunes(text));
  if (start < 0)
    start = 0;
  else if (end < 0)
    end = length;
  end = std::clamp<int64_t>(end, 0, length);
  if (start >= end) return MakeText({});
  const std::string_view front = TakeRunes(text, static_cast<size_t>(end));
  return MakeText(front.substr(TakeRunes(text, static_cast<size_t>(start)).size()));
}

Result<Value> Align(Runtime& runtime, Args args, bool left) {
  const int64_t count = args[0].integer;
  const std::string_view text = args[1].text;
  const auto length = static_cast<int64_t>(CountRunes(text));
  if (count < 0 || count == length) return MakeText(text);
  if (count < length) {
    return MakeText(left
                        ? TakeRunes(text, static_cast<size_t>(count))
                        : LastRunes(text, static_cast<size_t>(count), static_cast<size_t>(length)));
  }
  NARFI_TRY(Runtime::CheckSize(static_cast<uint64_t>(count)));
  const std::string pad(static_cast<size_t>(count - length), ' ');
  return runtime.Keep(left ? std::string(text) + pad : pad + std::string(text));
}
Result<Value> AlignLeft(Runtime& runtime, Args args) { return Align(runtime, args, true); }
Result<Value> AlignRight(Runtime& runtime, Args args) { return Align(runtime, args, false); }

bool HasRune(std::string_view set, std::string_view rune) {
  for (; !set.empty(); set.remove_prefix(DecodeRune(set).bytes)) {
    if (set.substr(0, DecodeRune(set).bytes) == rune) return true;
  }
  return false;
}

std::string_view TrimFront(std::string_view text, std::string_view set) {
  while (!text.empty()) {
    const size_t bytes = DecodeRune(text).bytes;
    if (!HasRune(set, text.substr(0, bytes))) break;
    text.remove_prefix(bytes);
  }
  return text;
}

// The rune that the text ends with.
std::string_view LastRune(std::string_view text) {
  size_t bytes = 1;
  while (bytes < 4 && bytes < text.size() &&
         (static_cast<uint8_t>(text[text.size() - bytes]) & 0xC0) == 0x80)
    ++bytes;
  const std::string_view rune = text.substr(text.size() - bytes);
  return DecodeRune(rune).bytes == bytes ? rune : text.substr(text.size() - 1);
}

std::string_view TrimBack(std::string_view text, std::string_view set) {
  while (!text.empty() && HasRune(set, LastRune(text))) text.remove_suffix(LastRune(text).size());
  return text;
}

std::string_view TrimSpaces(std::string_view text) {
  while (!text.empty()) {
    const Rune rune = DecodeRune(text);
    if (!rune.valid || !IsSpaceRune(static_cast<int32_t>(rune.value))) break;
    text.remove_prefix(rune.bytes);
  }
  while (!text.empty()) {
    const std::string_view last = LastRune(text);
    const Rune rune = DecodeRune(last);
    if (!rune.valid || !IsSpaceRune(static_cast<int32_t>(rune.value))) break;
    text.remove_suffix(last.size());
  }
  return text;
}

std::string_view CutPrefix(std::string_view text, std::string_view prefix) {
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return text;
}
std::string_view CutSuffix(std::string_view text, std::string_view suffix) {
  if (text.ends_with(suffix)) text.remove_suffix(suffix.size());
  return text;
}

Result<Value> TrimSpace(Runtime&, Args args) { return MakeText(TrimSpaces(args[0].text)); }
// Go's have the text first, sprig's last.
Result<Value> GoTrim(Runtime&, Args args) {
  return MakeText(TrimBack(TrimFront(args[0].text, args[1].text), args[1].text));
}
Result<Value> GoTrimLeft(Runtime&, Args args) {
  return MakeText(TrimFront(args[0].text, args[1].text));
}
Result<Value> GoTrimRight(Runtime&, Args args) {
  return MakeText(TrimBack(args[0].text, args[1].text));
}
Result<Value> GoTrimPrefix(Runtime&, Args args) {
  return MakeText(CutPrefix(args[0].text, args[1].text));
}
Result<Value> GoTrimSuffix(Runtime&, Args args) {
  return MakeText(CutSuffix(args[0].text, args[1].text));
}
Result<Value> TrimAll(Runtime&, Args args) {
  return MakeText(TrimBack(TrimFront(args[1].text, args[0].text), args[0].text));
}
Result<Value> TrimPrefix(Runtime&, Args args) {
  return MakeText(CutPrefix(args[1].text, args[0].text));
}
Result<Value> TrimSuffix(Runtime&, Args args) {
  return MakeText(CutSuffix(args[1].text, args[0].text));
}

// ------------------------------------------------------------------ testing

Result<Value> Contains(Runtime&, Args args) {
  return MakeBool(args[1].text.find(args[0].text) != std::string_view::npos);
}
Result<Value> HasPrefix(Runtime&, Args args) {
  return MakeBool(args[1].text.starts_with(args[0].text));
}
Result<Value> HasSuffix(Runtime&, Args args) {
  return MakeBool(args[1].text.ends_with(args[0].text));
}

// ------------------------------------------------------------------ growing

// strings.Replace: at most `most` times, or all when negative; "" is in front of each rune and at
// the end.
Result<std::string> ReplaceText(std::string_view text, std::string_view old, std::string_view by,
                                int64_t most) {
  std::string out;
  size_t at = 0;
  for (int64_t i = 0; most < 0 || i < most; ++i) {
    size_t found = text.find(old, at);
    if (old.empty() && i > 0) {
      if (at >= text.size()) break;
      found = at + DecodeRune(text.substr(at)).bytes;
    }
    if (found == std::string_view::npos) break;
    out.append(text.substr(at, found - at)).append(by);
    at = found + old.size();
    NARFI_TRY(Runtime::CheckSize(out.size()));
  }
  out.append(text.substr(at));
  return out;
}

Result<Value> Replace(Runtime& runtime, Args args) {
  NARFI_ASSIGN(const std::string out, ReplaceText(args[2].text, args[0].text, args[1].text, -1));
  return runtime.Keep(out);
}
Result<Value> GoReplace(Runtime& runtime, Args args) {
  NARFI_ASSIGN(const std::string out,
               ReplaceText(args[0].text, args[1].text, args[2].text, args[3].integer));
  return runtime.Keep(out);
}

// strings.Repeat, which panics when it cannot.
Result<std::string> RepeatText(std::string_view text, int64_t count) {
  if (count < 0) return Bad("strings: negative Repeat count");
  if (text.empty() || count == 0) return std::string();
  NARFI_TRY(Runtime::CheckSize(static_cast<uint64_t>(count)));
  NARFI_TRY(Runtime::CheckSize(static_cast<uint64_t>(count) * text.size()));
  std::string out;
  for (int64_t i = 0; i < count; ++i) out += text;
  return out;
}

Result<Value> Repeat(Runtime& runtime, Args args) {
  NARFI_ASSIGN(const std::string out, RepeatText(args[1].text, args[0].integer));
  return runtime.Keep(out);
}

Result<Value> Indented(Runtime& runtime, Args args, std::string_view front) {
  NARFI_ASSIGN(const std::string pad, RepeatText(" ", args[0].integer));
  NARFI_ASSIGN(const std::string out, ReplaceText(args[1].text, "\n", "\n" + pad, -1));
  return runtime.Keep(std::string(front) + pad + out);
}
Result<Value> Indent(Runtime& runtime, Args args) { return Indented(runtime, args, ""); }
Result<Value> Nindent(Runtime& runtime, Args args) { return Indented(runtime, args, "\n"); }

constexpr Param kS = Param::kString;
constexpr Param kI = Param::kInt;
constexpr Function kFunctions[] = {
    {"lower", {kS}, 1, false, Lower},
    {"ToLower", {kS}, 1, false, Lower},
    {"upper", {kS}, 1, false, Upper},
    {"ToUpper", {kS}, 1, false, Upper},
    {"title", {kS}, 1, false, Title},
    {"trunc", {kI, kS}, 2, false, Trunc},
    {"substr", {kI, kI, kS}, 3, false, Substr},
    {"alignLeft", {kI, kS}, 2, false, AlignLeft},
    {"alignRight", {kI, kS}, 2, false, AlignRight},
    {"trim", {kS}, 1, false, TrimSpace},
    {"TrimSpace", {kS}, 1, false, TrimSpace},
    {"Trim", {kS, kS}, 2, false, GoTrim},
    {"TrimLeft", {kS, kS}, 2, false, GoTrimLeft},
    {"TrimRight", {kS, kS}, 2, false, GoTrimRight},
    {"TrimPrefix", {kS, kS}, 2, false, GoTrimPrefix},
    {"TrimSuffix", {kS, kS}, 2, false, GoTrimSuffix},
    {"trimAll", {kS, kS}, 2, false, TrimAll},
    {"trimPrefix", {kS, kS}, 2, false, TrimPrefix},
    {"trimSuffix", {kS, kS}, 2, false, TrimSuffix},
    {"contains", {kS, kS}, 2, false, Contains},
    {"hasPrefix", {kS, kS}, 2, false, HasPrefix},
    {"hasSuffix", {kS, kS}, 2, false, HasSuffix},
    {"replace", {kS, kS, kS}, 3, false, Replace},
    {"Replace", {kS, kS, kS, kI}, 4, false, GoReplace},
    {"repeat", {kI, kS}, 2, false, Repeat},
    {"indent", {kI, kS}, 2, false, Indent},
    {"nindent", {kI, kS}, 2, false, Nindent},
};

}  // namespace
}  // namespace of_text

std::span<const Function> TextFunctions() { return of_text::kFunctions; }

}  // namespace narfi::line::tmpl
