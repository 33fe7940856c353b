// What OTLP's JSON form writes as text and protobuf as bytes and numbers.
//
// Errors: kInvalidArgument. Threads: free functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace narfi::ingest {

// An id: "0a0B" as two bytes.
Result<std::string> OtlpFromHex(std::string_view text);
// Of either alphabet, with or without padding.
Result<std::string> OtlpFromBase64(std::string_view text);
// "SEVERITY_NUMBER_WARN2" is 14.
Result<uint64_t> OtlpSeverity(std::string_view text);

}  // namespace narfi::ingest
