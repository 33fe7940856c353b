// OpenTelemetry logs (ExportLogsServiceRequest) as a push, the way Loki maps them.
//
// Some resource attributes become labels, the others and everything of scope and record become
// structured metadata, as the tenant's OtlpMapping says; the body is the line. A record without a
// time has its observed time, and without that the time of the push.
//
// Source: "Ingesting logs to Loki using OpenTelemetry Collector" in Loki's documentation, the
// public
//         .proto files of OpenTelemetry (field numbers) and the conformance corpus.
// Errors: kInvalidArgument or kLimit with the sentence of the answer.
// Limits: ObjectBudget; every record has pairs of its own for what its resource and scope say.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ingest/otlp_mapping.h"
#include "ingest/push.h"
#include "ingest/push_decode.h"

namespace narfi::ingest {

// In front of the content type of an OTLP push, in PushRequest and in the write-ahead log, where
// the route that it came by is not known. No header can begin so.
constexpr std::string_view kOtlpMark = "\1otlp:";

// Views point into `bytes`, which must outlive the batch.
Status DecodeOtlpProto(std::string_view bytes, int64_t received_ns, const OtlpMapping& mapping,
                       PushBatch& batch, size_t object_bytes = ObjectBudget::kByBody);
// The most that the objects of a message of this size may take: a pair of bytes in a resource
// becomes a pair of each of its records.
size_t OtlpObjectLimit(size_t bytes);

// The same message in its JSON form, as protobuf; `body` must have kBodySlack bytes to spare.
Result<std::string> OtlpJsonToProto(const std::string& body);

}  // namespace narfi::ingest
