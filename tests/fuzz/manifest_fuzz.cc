// The manifest's log: the bytes as a whole file, and the bytes as the payload of a sound record.
#include <cstdint>

#include "base/bytes.h"
#include "base/hash.h"
#include "storage/manifest_format.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  static_cast<void>(narfi::storage::ReadManifestLog(bytes, 1));
  std::string log = narfi::storage::ManifestHeader(1);
  const uint64_t offset = log.size();
  std::string record;
  narfi::PutU32(record, static_cast<uint32_t>(bytes.size()));
  record += bytes;
  // As docs/format/manifest.md says.
  narfi::PutU64(record, narfi::Hash64(record, 0x9E3779B97F4A7C15ULL ^ offset));
  static_cast<void>(narfi::storage::ReadManifestLog(log + record, 1));
  return 0;
}
