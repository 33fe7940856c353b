#include "query/exec/vectors.h"

#include "base/bytes.h"

namespace narfi::query {

std::string LabelsKey(const LabelPairs& labels) {
  std::string key;
  for (const Label& label : labels) {
    PutString(key, label.name);
    PutString(key, label.value);
  }
  return key;
}

}  // namespace narfi::query
