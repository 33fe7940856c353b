#include "line/unpack.h"

#include "line/json_lenient.h"
#include "line/label_name.h"
#include "line/logfmt.h"

namespace narfi::line {
namespace {

// Loki's words; 6 is the number of a JSON library's type.
constexpr std::string_view kNoObject = "expecting json object(6), but it is not";

bool IsLabelName(std::string_view key) {
  if (key.empty() || (key.front() >= '0' && key.front() <= '9')) return false;
  for (const char c : key) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    if (!fits) return false;
  }
  return true;
}

bool BeginsObject(std::string_view line) { return SkipJsonSpace(line) && line.front() == '{'; }

}  // namespace

// Unescaped; what cannot be is empty, as for the json stage.
std::string_view UnpackFields::Plain(std::string_view escaped, Arena& arena) {
  if (escaped.find('\\') == std::string_view::npos) return escaped;
  scratch_.clear();
  return UnescapeLenient(escaped, scratch_) ? arena.Copy(scratch_) : std::string_view();
}

std::string_view UnpackFields::NameOf(std::string_view key, Arena& arena) {
  if (IsLabelName(key)) return key;
  scratch_.clear();
  AppendLabelName(scratch_, key);
  return arena.Copy(scratch_);
}

UnpackFields::Result UnpackFields::Extract(std::string_view line, std::vector<Field>& out,
                                           Arena& arena) {
  Result result;
  out.clear();
  if (line.empty()) return result;
  if (!BeginsObject(line)) {
    result.outcome = {true, kNoObject};
    return result;
  }
  LenientObject object(line);
  while (object.Next()) {
    if (object.value().kind != LenientKind::kString) continue;
    const std::string_view key = Plain(object.key(), arena);
    if (key == kPackedEntry) {
      result.is_packed = true;
      result.entry = Plain(object.value().text, arena);
      continue;
    }
    const std::string_view name = NameOf(key, arena);
    if (name.empty() || (!demand_.everything && demand_.Find(name) < 0)) continue;
    out.push_back({name, ToLabelValue(Plain(object.value().text, arena), arena)});
  }
  if (object.error().empty() && result.is_packed) return result;
  out.clear();
  result.is_packed = false;
  result.outcome = {!object.error().empty(), object.error()};
  return result;
}

}  // namespace narfi::line
