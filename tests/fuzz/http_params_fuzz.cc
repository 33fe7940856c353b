// Query strings as the handlers read them: times, steps, limits, and the parameters of documents.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ingest/push_documents.h"
#include "net/url.h"
#include "server/document_params.h"
#include "server/params.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narfi;
  constexpr int64_t kNow = 1'795'136'400'000'000'000;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  net::HttpRequest request;
  if (const auto read = net::ParseQuery(text, request.params); !read)
    request.params_error = read.error().text;
  if (const auto range = server::ReadOrderedRange(request, kNow, 1)) {
    NARFI_CHECK(range->start_ns <= range->end_ns);
    const server::TimeRange days = server::ToWholeDays(*range);
    NARFI_CHECK(days.start_ns <= range->start_ns && days.end_ns >= range->end_ns);
    static_cast<void>(server::ReadStep(request, *range));
  }
  static_cast<void>(server::ReadRangeQuery(request, kNow));
  static_cast<void>(server::ReadInstantQuery(request, kNow));
  static_cast<void>(server::ReadLimit(request, 100));
  static_cast<void>(server::ReadDirection(request));
  const auto options = server::ReadDocumentOptions(request);
  if (!options) {
    NARFI_CHECK(!options.error().text.empty());
    return 0;
  }
  const auto type = ingest::EncodeDocumentType(ingest::kLinesMark, *options);
  if (!type) return 0;
  const auto again =
      ingest::DecodeDocumentOptions(std::string_view(*type).substr(ingest::kLinesMark.size()));
  NARFI_CHECK(again.has_value());
  NARFI_CHECK(again->labels == options->labels && again->label_fields == options->label_fields);
  return 0;
}
