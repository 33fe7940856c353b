// Query text: whatever it is, it becomes a tree that prints to the same tree again, or one
// sentence.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"

namespace {

void CheckRoundTrip(const std::string& text) {
  const auto parsed = narfi::logql::Parse(text);
  if (!parsed) {
    NARFI_CHECK(!parsed.error().text.empty());
    return;
  }
  const std::string canonical = narfi::logql::Print(*parsed);
  // 1/0 and the like have no literal.
  const bool unwritable =
      canonical.find("NaN") != std::string::npos || canonical.find("Inf") != std::string::npos;
  if (unwritable || canonical.size() > narfi::logql::kMaxQueryBytes) return;
  const auto again = narfi::logql::Parse(canonical);
  NARFI_CHECK(again.has_value());
  NARFI_CHECK(narfi::logql::Print(*again) == canonical);
  const std::string pretty = narfi::logql::PrettyPrint(*parsed);
  if (pretty.size() > narfi::logql::kMaxQueryBytes) return;
  const auto opened = narfi::logql::Parse(pretty);
  NARFI_CHECK(opened.has_value());
  NARFI_CHECK(narfi::logql::Print(*opened) == canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  CheckRoundTrip(text);
  (void)narfi::logql::ParseToPrint(text);
  (void)narfi::logql::ParseOpenSelector(text);
  const auto labels = narfi::logql::ParseLabels(text);
  if (labels) NARFI_CHECK(narfi::logql::ParseLabels(labels->ToString()) == *labels);
  return 0;
}
