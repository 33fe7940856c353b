#include "line/json_key_path.h"

#include "line/json_fields.h"
#include "line/json_lenient.h"
#include "line/label_name.h"

namespace narfi::line {
namespace {

// `prefix`: the joined names of the objects around `text`.
bool Descend(std::string_view text, const std::string& prefix, std::string_view name,
             std::vector<std::string>& path) {
  LenientObject object(text);
  while (object.Next()) {
    std::string key;
    if (!UnescapeLenient(object.key(), key)) return false;
    std::string joined = prefix;
    if (!prefix.empty()) joined += '_';
    AppendLabelName(joined, key);
    const LenientKind kind = object.value().kind;
    path.push_back(key);
    if (kind == LenientKind::kObject) {
      const bool leads = joined.empty() || name.substr(0, joined.size()) == joined;
      if (leads && path.size() < kMaxNesting && Descend(object.value().text, joined, name, path))
        return true;
    } else if (joined == name && kind != LenientKind::kArray && kind != LenientKind::kNull) {
      return true;
    }
    path.pop_back();
  }
  return false;
}

}  // namespace

std::vector<std::string> FindJsonKeyPath(std::string_view line, std::string_view name) {
  std::vector<std::string> path;
  if (!Descend(line, "", name, path)) path.clear();
  return path;
}

}  // namespace narfi::line
