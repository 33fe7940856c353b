// OpenTelemetry's AnyValue as text, and attributes as pairs, straight from the wire: what Loki
// makes of them. Field numbers are those of opentelemetry/proto/common/v1/common.proto.
//
// Ownership: views point into the bytes or into the arena.
// Limits:    kMaxValueDepth levels of values in values.
// Threads:   free functions without state.
#pragma once

#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "ingest/push.h"
#include "ingest/push_decode.h"
#include "proto/wire_reader.h"

namespace narfi::ingest {

constexpr int kMaxValueDepth = 32;

// The error of a reader that stopped early.
Status CheckWire(const proto::WireReader& reader);

// A string as it is, numbers and booleans as Go prints them, bytes as base64, lists and maps as
// JSON with sorted keys, nothing as nothing.
Result<std::string_view> OtlpValueText(std::string_view value, Arena& arena);

// The key of a KeyValue as sent.
Result<std::string_view> OtlpAttributeKey(std::string_view attribute);

// Appends a KeyValue as pairs, names as structured metadata has them: a map gives a pair for each
// of its values, "map.key" and {"x": 1} as map_key_x="1".
Status AppendOtlpAttribute(std::string_view attribute, ObjectBudget& budget, Arena& arena,
                           EntryPairs& out);

}  // namespace narfi::ingest
