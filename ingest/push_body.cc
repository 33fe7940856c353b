#include "ingest/push_body.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/go_text.h"
#include "ingest/body_codec.h"
#include "ingest/content_type.h"
#include "ingest/push_decode.h"
#include "ingest/push_documents.h"
#include "ingest/push_otlp.h"

namespace narfi::ingest {
namespace {

constexpr std::string_view kNoMemory =
    "the memory for pushes under way is used up; send this push again\n";
constexpr std::string_view kNoStreams = "error at least one valid stream is required for ingestion";

// What one try at a body may take, beside its own limits.
struct Room {
  uint64_t unpacked_bytes = UINT64_MAX;
  uint64_t object_bytes = ObjectBudget::kByBody;
  uint64_t grant_bytes = 0;  // memory for all of that
};

bool IsOtlp(const PushRequest& request) { return request.content_type.starts_with(kOtlpMark); }

bool IsDocuments(const PushRequest& request) {
  return request.content_type.starts_with(kBulkMark) ||
         request.content_type.starts_with(kLinesMark);
}

bool IsPacked(const PushRequest& request) {
  constexpr std::string_view kPackings[] = {"gzip", "deflate", "zstd", "lz4"};
  return std::ranges::find(kPackings, request.content_encoding) != std::end(kPackings);
}

bool IsPlainProto(const PushRequest& request) { return request.content_type == kPlainProtoType; }

Result<std::string> MediaTypeOf(const PushRequest& request) {
  const size_t mark = IsOtlp(request) ? kOtlpMark.size() : 0;
  return ParseMediaType(request.content_type.substr(mark));
}

bool IsJson(const PushRequest& request) {
  const auto media_type = MediaTypeOf(request);
  return media_type && *media_type == "application/json";
}

// Packed by snappy, beneath any Content-Encoding.
bool IsSnappy(const PushRequest& request) {
  return !IsJson(request) && !IsOtlp(request) && !IsPlainProto(request) && !IsDocuments(request);
}

// Memory for `text` bytes of body and objects of `objects` bytes. JSON needs its strings and the
// parser's marks beside it, that of OTLP also its other form; lists double as they grow, and
// validation gives entries metadata.
uint64_t MemoryFor(const PushRequest& request, uint64_t text, uint64_t objects) {
  const uint64_t copies =
      (IsJson(request) ? 3 : 2) + (IsOtlp(request) || IsDocuments(request) ? 1 : 0);
  return text * copies + objects * 3;
}

// Enough for what usual clients send.
Room UsualRoom(const PushRequest& request, const DecodeLimits& limits) {
  constexpr uint64_t kFewObjects = 32 << 10;
  const bool is_packed = IsPacked(request);
  Room room;
  room.unpacked_bytes = ClaimedUnpacked(is_packed ? request.content_encoding : "", request.body);
  if (IsSnappy(request))
    room.unpacked_bytes =
        is_packed ? room.unpacked_bytes * 4 : ClaimedUnpacked("snappy", request.body);
  room.unpacked_bytes = std::min(room.unpacked_bytes, limits.max_unpacked_bytes);
  room.object_bytes = room.unpacked_bytes + kFewObjects;
  room.grant_bytes = MemoryFor(request, room.unpacked_bytes, room.object_bytes);
  return room;
}

// Enough for all that the limits let through, and that a body of this size can hold.
Room LargestRoom(const PushRequest& request, const DecodeLimits& limits) {
  constexpr uint64_t kMostPerDeflatedByte = 1032;
  constexpr uint64_t kMostPerZstdByte = 32 << 10;  // a block of 128 KiB in four bytes
  constexpr uint64_t kMostPerSnappyByte = 22;
  uint64_t most = request.body.size();
  if (!request.content_encoding.empty())
    most *= request.content_encoding == "zstd" ? kMostPerZstdByte : kMostPerDeflatedByte;
  if (IsSnappy(request)) most *= kMostPerSnappyByte;
  most = std::min(most, limits.max_unpacked_bytes);
  Room room;
  room.grant_bytes =
      MemoryFor(request, most, IsOtlp(request) ? OtlpObjectLimit(most) : ObjectBudget::Limit(most));
  return room;
}

// Nothing but repeats: no log does, and its many small entries would not fit at the first try.
bool PacksOddlyWell(const PushRequest& request) {
  constexpr size_t kOddRatio = 100;
  return request.content_encoding == "gzip" &&
         ClaimedUnpacked("gzip", request.body) > request.body.size() * kOddRatio;
}

PushAnswer AnswerTo(Error error) {
  return {.status = error.code == Code::kLimit ? 413 : 400, .text = std::move(error.text)};
}

// A body of usual size is copied to where the last one was, so that its pages are there already.
Status DecodeCopiedJson(std::string_view bytes, PushBatch& batch, size_t object_bytes) {
  const StableText body = MakeStable(TakeText(bytes.size()));
  std::copy(bytes.begin(), bytes.end(), body->begin());
  return DecodeJsonPush(*body, batch, object_bytes);
}

// The body without its Content-Encoding. `owned` says whether `text` holds it; else it is the body
// itself. Snappy says nothing new: protobuf bodies are snappy anyway, and JSON ones never are.
struct Decoded {
  bool owned = false;
  std::string text;
};

Result<Decoded> RemoveContentEncoding(const PushRequest& request, uint64_t max_bytes,
                                      uint64_t sure_bytes) {
  const std::string_view encoding = request.content_encoding;
  if (encoding.empty() || encoding == "snappy") return Decoded{};
  if (encoding == "gzip") {
    NARFI_ASSIGN(std::string text, Gunzip(request.body, max_bytes, sure_bytes));
    return Decoded{true, std::move(text)};
  }
  if (encoding == "deflate") {
    NARFI_ASSIGN(std::string text, Inflate(request.body, max_bytes));
    return Decoded{true, std::move(text)};
  }
  if (encoding == "zstd" && IsOtlp(request)) {
    NARFI_ASSIGN(std::string text, UnpackZstd(request.body, max_bytes));
    return Decoded{true, std::move(text)};
  }
  if (encoding == "lz4" && IsOtlp(request)) {
    NARFI_ASSIGN(std::string text, UnpackLz4(request.body, max_bytes));
    return Decoded{true, std::move(text)};
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("Content-Encoding {} not supported", GoQuote(encoding)));
}

// The views of the batch point into its text, a copy of the body where it is no text of ours.
Result<PushBatch> DecodeOtlp(const PushRequest& request, uint64_t max_unpacked, const Room& room) {
  const bool is_json = IsJson(request);
  const auto media_type = MediaTypeOf(request);
  if (!is_json && (!media_type || *media_type != "application/x-protobuf")) {
    return Fail(Code::kInvalidArgument, fmt::format("content type: {} is not supported",
                                                    request.content_type.substr(kOtlpMark.size())));
  }
  NARFI_ASSIGN(Decoded body, RemoveContentEncoding(request, max_unpacked, 0));
  if (!body.owned) {
    body.text.reserve(request.body.size() + kBodySlack);
    body.text = request.body;
  }
  if (is_json) {
    NARFI_ASSIGN(body.text, OtlpJsonToProto(body.text));
  }
  PushBatch batch;
  batch.text = MakeStable(std::move(body.text));
  const OtlpMapping& mapping = request.otlp == nullptr ? OtlpMapping::Default() : *request.otlp;
  NARFI_TRY(DecodeOtlpProto(*batch.text, request.received_ns, mapping, batch, room.object_bytes));
  return batch;
}

Result<PushBatch> DecodePlainProto(const PushRequest& request, uint64_t max_unpacked,
                                   const Room& room) {
  NARFI_ASSIGN(Decoded body, RemoveContentEncoding(request, max_unpacked, 0));
  if (!body.owned) body.text = request.body;
  PushBatch batch;
  batch.text = MakeStable(std::move(body.text));
  NARFI_TRY(DecodeProtoPush(*batch.text, batch, room.object_bytes));
  return batch;
}

Result<PushBatch> DecodeDocuments(const PushRequest& request, uint64_t max_unpacked,
                                  const Room& room) {
  const bool is_bulk = request.content_type.starts_with(kBulkMark);
  const size_t mark = is_bulk ? kBulkMark.size() : kLinesMark.size();
  NARFI_ASSIGN(const DocumentOptions options,
               DecodeDocumentOptions(request.content_type.substr(mark)));
  NARFI_ASSIGN(Decoded body, RemoveContentEncoding(request, max_unpacked, 0));
  if (!body.owned) body.text = request.body;
  PushBatch batch;
  batch.text = MakeStable(std::move(body.text));
  NARFI_TRY((is_bulk ? DecodeBulk : DecodeLines)(*batch.text, options, request.received_ns, batch,
                                                 room.object_bytes));
  return batch;
}

Result<PushBatch> DecodeBody(const PushRequest& request, uint64_t max_unpacked, const Room& room) {
  if (IsDocuments(request)) return DecodeDocuments(request, max_unpacked, room);
  if (IsPlainProto(request)) return DecodePlainProto(request, max_unpacked, room);
  if (IsOtlp(request)) return DecodeOtlp(request, max_unpacked, room);
  const uint64_t sure = room.grant_bytes == 0 ? 0 : std::min(room.unpacked_bytes, max_unpacked);
  NARFI_ASSIGN(Decoded body, RemoveContentEncoding(request, max_unpacked, sure));
  NARFI_ASSIGN(const std::string media_type, ParseMediaType(request.content_type));
  PushBatch batch;
  const StableText text = MakeStable(std::move(body.text));
  if (media_type == "application/json") {
    NARFI_TRY(body.owned ? DecodeJsonPush(*text, batch, room.object_bytes)
                         : DecodeCopiedJson(request.body, batch, room.object_bytes));
    return batch;
  }
  const std::string_view packed = body.owned ? std::string_view(*text) : request.body;
  NARFI_ASSIGN(std::string bytes, UnpackSnappy(packed, max_unpacked));
  batch.text = MakeStable(std::move(bytes));
  NARFI_TRY(DecodeProtoPush(*batch.text, batch, room.object_bytes));
  return batch;
}

// kUnavailable when it is the room that did not do.
Result<PushBatch> TryDecode(const PushRequest& request, const DecodeLimits& limits,
                            const Room& room) {
  if (request.body.size() > limits.max_body_bytes)
    return BodyTooLarge(request.body.size(), limits.max_body_bytes);
  const uint64_t most = std::min(limits.max_unpacked_bytes, room.unpacked_bytes);
  auto batch = DecodeBody(request, most, room);
  if (!batch && batch.error().code == Code::kLimit && most < limits.max_unpacked_bytes)
    return Fail(Code::kUnavailable, "the push needs more memory");
  return batch;
}

tl::expected<PushBatch, PushAnswer> ToAnswer(Result<PushBatch> batch) {
  if (!batch) return tl::unexpected<PushAnswer>(AnswerTo(std::move(batch).error()));
  if (batch->streams.empty() && batch->bulk == nullptr) {
    return tl::unexpected<PushAnswer>(PushAnswer{.status = 422, .text = std::string(kNoStreams)});
  }
  return std::move(*batch);
}

}  // namespace

tl::expected<PushBatch, PushAnswer> Decode(const PushRequest& request, const DecodeLimits& limits) {
  Room room;
  if (limits.is_replay) room.object_bytes = ObjectBudget::kAny;
  return ToAnswer(TryDecode(request, limits, room));
}

tl::expected<GrantedBatch, PushAnswer> DecodeWithin(PushMemory& memory, int64_t wait_ns,
                                                    const PushRequest& request,
                                                    const DecodeLimits& limits) {
  // A body that is more than it looks is decoded again, with all the memory that it may need.
  for (const bool is_first : {true, false}) {
    if (is_first && PacksOddlyWell(request)) continue;
    const Room room = is_first ? UsualRoom(request, limits) : LargestRoom(request, limits);
    auto grant = memory.Take(room.grant_bytes, wait_ns);
    if (!grant) return tl::unexpected<PushAnswer>(PushAnswer{429, std::string(kNoMemory), 1});
    auto batch = TryDecode(request, limits, room);
    if (!batch && batch.error().code == Code::kUnavailable) continue;
    auto answer = ToAnswer(std::move(batch));
    if (!answer) return tl::unexpected<PushAnswer>(std::move(answer).error());
    return GrantedBatch{std::move(*grant), std::move(*answer)};
  }
  return tl::unexpected<PushAnswer>(PushAnswer{429, std::string(kNoMemory), 1});
}

}  // namespace narfi::ingest
