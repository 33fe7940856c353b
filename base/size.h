// Byte sizes in text: "4MB", "256 KiB", "1.5GB", "1024".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi {

// LogQL and go-humanize read "KB" as 1000 and "KiB" as 1024 bytes (humanize.ParseBytes).
Result<uint64_t> ParseHumanBytes(std::string_view text);
// Loki's configuration (flagext.ByteSize, units.Base2Bytes) reads "KB" as 1024 as well.
Result<uint64_t> ParseConfigBytes(std::string_view text);
// "1.4 MiB", for people.
std::string FormatBytes(uint64_t bytes);

}  // namespace narfi
