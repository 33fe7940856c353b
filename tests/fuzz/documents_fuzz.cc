// Bodies of _bulk and of lines of text: the first byte chooses which, and how fields are used. What
// decodes must decode the same way again, as it does when the write-ahead log is replayed.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "ingest/push_documents.h"
#include "server/bulk_answer.h"
#include "tests/fuzz/same_batch.h"

namespace {

using namespace narfi;

constexpr int64_t kNow = 1'795'136'400'000'000'000;

std::string TypeOf(uint8_t choice) {
  ingest::DocumentOptions options;
  options.index = choice & 1 ? "i" : "";
  options.label_fields = ingest::DefaultLabelFields();
  options.time_fields = ingest::DefaultTimeFields();
  if (choice & 2) options.message_field = "message";
  if (choice & 4) options.labels = {{"app", "web"}};
  return *ingest::EncodeDocumentType(choice & 8 ? ingest::kLinesMark : ingest::kBulkMark, options);
}

void CheckItems(const ingest::PushBatch& batch) {
  if (batch.bulk == nullptr) return;
  const size_t count = batch.bulk->items.size();
  for (const ingest::BulkItem& item : batch.bulk->items)
    NARFI_CHECK(item.index < batch.bulk->indexes.size());
  for (const auto& stream : batch.streams) {
    for (const auto& entry : stream.entries) {
      NARFI_CHECK(entry.ordinal < count);
      NARFI_CHECK(batch.bulk->items[entry.ordinal].error.empty());
    }
  }
  ingest::PushAnswer answer;
  answer.bulk = batch.bulk;
  answer.accepted = {{0, static_cast<uint32_t>(count / 2)}};
  NARFI_CHECK(server::BulkAnswer(answer, 0).status == 200);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view body(reinterpret_cast<const char*>(data) + 1, size - 1);
  static_cast<void>(ingest::DecodeDocumentOptions(body));
  const std::string type = TypeOf(data[0]);
  auto batch = ingest::Decode({type, "", body, kNow}, {});
  auto again = ingest::Decode({type, "", body, kNow}, {});
  if (batch) CheckItems(*batch);
  CheckDecoded(batch, again, kNow);
  return 0;
}
