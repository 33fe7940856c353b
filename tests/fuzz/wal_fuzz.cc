// The write-ahead log: the bytes as a record's payload, and as a whole file to be replayed.
#include <cstdint>
#include <cstdlib>

#include "ingest/wal_format.h"
#include "ingest/wal_replay.h"
#include "tests/support/faulty_fs.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto push = narfi::ingest::DecodePush(bytes)) {
    const std::string written = narfi::ingest::EncodePushHead(*push) + std::string(push->body);
    const auto again = narfi::ingest::DecodePush(written);
    if (!again || again->sequence != push->sequence || again->body != push->body) std::abort();
  }
  narfi::testing::FaultyFileSystem fs;
  const auto file = fs.Create("/w");
  if (!file || !(*file)->Append(narfi::ingest::WalHeader(1) + std::string(bytes))) std::abort();
  uint64_t seen = 0;
  const auto report = narfi::ingest::ReplayFile(fs, "/w", 1, [&](const narfi::ingest::WalPush&) {
    ++seen;
    return narfi::Status();
  });
  if (report && report->records != seen) std::abort();
  return 0;
}
