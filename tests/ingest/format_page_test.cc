// The worked example of docs/format/wal.md is real.
#include <doctest/doctest.h>

#include "base/bytes.h"
#include "ingest/wal_format.h"
#include "ingest/wal_replay.h"
#include "tests/support/faulty_fs.h"
#include "tests/support/hex_page.h"

namespace narfi::ingest {
namespace {

TEST_CASE("the log of docs/format/wal.md reads as the page says") {
  WalPush push;
  push.sequence = 6;
  push.tenant = "t";
  push.received_ns = 7;
  push.content_type = "application/json";
  push.body = "{}";
  std::string made = WalHeader(5);
  std::string head;
  const std::string payload_head = EncodePushHead(push);
  PutU32(head, static_cast<uint32_t>(payload_head.size() + push.body.size()));
  head += payload_head;
  const uint64_t checksum = RecordChecksum(head, push.body, 5, made.size());
  made += head;
  made += push.body;
  PutU64(made, checksum);
  const std::string page = testing::HexOfPage("docs/format/wal.md");
  INFO(testing::ToHexLines(made));
  CHECK((page == made));
  testing::FaultyFileSystem fs;
  const auto file = *fs.Create("/w");
  REQUIRE(file->Append(page).has_value());
  int seen = 0;
  const auto report = ReplayFile(fs, "/w", 5, [&](const WalPush& read) {
    ++seen;
    CHECK(read.sequence == 6);
    CHECK(read.tenant == "t");
    CHECK(read.body == "{}");
    return Status();
  });
  REQUIRE(report.has_value());
  CHECK(seen == 1);
}

}  // namespace
}  // namespace narfi::ingest
