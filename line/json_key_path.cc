#include "line/json_key_path.h"

#include "line/json_fields.h"
#include "line/json_lenient.h"
#include "line/label_name.h"

namespace narfi::line {
namespace {

// `prefix`: the joined names of the objects around `text`. False when it is time to stop.
bool Descend(std::string_view text, const std::string& prefix, const SeeKeyPath& see,
             std::vector<std::string>& path) {
  LenientObject object(text);
  while (object.Next()) {
    std::string key;
    if (!UnescapeLenient(object.key(), key)) return false;
    std::string joined = prefix;
    if (!prefix.empty()) joined += '_';
    AppendLabelName(joined, key);
    path.push_back(std::move(key));
    const LenientKind kind = object.value().kind;
    if (kind == LenientKind::kObject) {
      if (path.size() < kMaxNesting && !Descend(object.value().text, joined, see, path))
        return false;
    } else if (kind != LenientKind::kArray && kind != LenientKind::kNull) {
      if (!see(joined, path)) return false;
    }
    path.pop_back();
  }
  return object.error().empty();
}

}  // namespace

void WalkJsonKeyPaths(std::string_view line, const SeeKeyPath& see) {
  std::vector<std::string> path;
  Descend(line, "", see, path);
}

}  // namespace narfi::line
