#include "ingest/kept_text.h"

#include <utility>

namespace narfi::ingest {
namespace {

#if defined(NARFI_SANITIZED)
constexpr size_t kMostKept = 0;
#else
constexpr size_t kMostKept = 2 << 20;
#endif

std::string& Kept() {
  thread_local std::string kept;
  return kept;
}

}  // namespace

std::string TakeText(size_t bytes) {
  std::string out;
  if (Kept().capacity() >= bytes + kBodySlack) out = std::move(Kept());
  out.reserve(bytes + kBodySlack);
  out.resize(bytes);
  return out;
}

void KeepText::operator()(std::string* text) const {
  const std::unique_ptr<std::string> owned(text);
  if (text->capacity() <= kMostKept && text->capacity() > Kept().capacity())
    Kept() = std::move(*text);
}

}  // namespace narfi::ingest
