// Messages of logproto.Querier and, packed or not, of logproto.Pusher as gRPC brings them.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "ingest/push_body.h"
#include "server/grpc_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace narfi;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  const auto query = server::ReadQueryMessage(message, 0);
  NARFI_CHECK(query.has_value() || !query.error().text.empty());
  const auto tail = server::ReadTailMessage(message, 1);
  NARFI_CHECK(!tail || (tail->delay_seconds >= 0 && tail->limit <= UINT32_MAX));
  static_cast<void>(server::ReadLabelMessage(message, 1));
  const auto series = server::ReadSeriesMessage(message, 1);
  NARFI_CHECK(!series || series->groups.size() <= size);
  static_cast<void>(server::ReadIndexMessage(message));
  for (const char* encoding : {"", "gzip"}) {
    const auto batch = ingest::Decode({ingest::kPlainProtoType, encoding, message}, {});
    NARFI_CHECK(batch.has_value() || batch.error().status >= 400);
  }
  return 0;
}
