#include "ingest/push_body.h"

#include <fmt/format.h>

#include "base/go_text.h"
#include "ingest/body_codec.h"
#include "ingest/content_type.h"
#include "ingest/push_decode.h"
#include "ingest/push_otlp.h"

namespace narfi::ingest {
namespace {

constexpr std::string_view kNoStreams = "error at least one valid stream is required for ingestion";

PushAnswer AnswerTo(Error error) {
  return {.status = error.code == Code::kLimit ? 413 : 400, .text = std::move(error.text)};
}

// A body of usual size is copied to where the last one was, so that its pages are there already.
Status DecodeCopiedJson(std::string_view bytes, PushBatch& batch) {
  constexpr size_t kKeptBytes = 2 << 20;
  thread_local std::string kept;
  std::string large;
  std::string& body = bytes.size() <= kKeptBytes ? kept : large;
  body.reserve(bytes.size() + kBodySlack);
  body.assign(bytes);
  return DecodeJsonPush(body, batch);
}

// The body without its Content-Encoding. `owned` says whether `text` holds it; else it is the body
// itself. Snappy says nothing new: protobuf bodies are snappy anyway, and JSON ones never are.
struct Decoded {
  bool owned = false;
  std::string text;
};

Result<Decoded> RemoveContentEncoding(const PushRequest& request, uint64_t max_bytes) {
  const std::string_view encoding = request.content_encoding;
  if (encoding.empty() || encoding == "snappy") return Decoded{};
  if (encoding == "gzip") {
    NARFI_ASSIGN(std::string text, Gunzip(request.body, max_bytes));
    return Decoded{true, std::move(text)};
  }
  if (encoding == "deflate") {
    NARFI_ASSIGN(std::string text, Inflate(request.body, max_bytes));
    return Decoded{true, std::move(text)};
  }
  return Fail(Code::kInvalidArgument,
              fmt::format("Content-Encoding {} not supported", GoQuote(encoding)));
}

// The views of the batch point into its text, a copy of the body where it is no text of ours.
Result<PushBatch> DecodeOtlp(const PushRequest& request, const DecodeLimits& limits) {
  const std::string_view content_type = request.content_type.substr(kOtlpMark.size());
  const auto media_type = ParseMediaType(content_type);
  const bool is_json = media_type && *media_type == "application/json";
  if (!is_json && (!media_type || *media_type != "application/x-protobuf")) {
    return Fail(Code::kInvalidArgument,
                fmt::format("content type: {} is not supported", content_type));
  }
  NARFI_ASSIGN(Decoded body, RemoveContentEncoding(request, limits.max_unpacked_bytes));
  if (!body.owned) {
    body.text.reserve(request.body.size() + kBodySlack);
    body.text = request.body;
  }
  if (is_json) {
    NARFI_ASSIGN(body.text, OtlpJsonToProto(body.text));
  }
  PushBatch batch;
  batch.text = std::make_unique<const std::string>(std::move(body.text));
  NARFI_TRY(DecodeOtlpProto(*batch.text, request.received_ns, batch));
  return batch;
}

Result<PushBatch> DecodeBody(const PushRequest& request, const DecodeLimits& limits) {
  if (request.body.size() > limits.max_body_bytes) {
    return BodyTooLarge(request.body.size(), limits.max_body_bytes);
  }
  if (request.content_type.starts_with(kOtlpMark)) return DecodeOtlp(request, limits);
  NARFI_ASSIGN(Decoded body, RemoveContentEncoding(request, limits.max_unpacked_bytes));
  NARFI_ASSIGN(const std::string media_type, ParseMediaType(request.content_type));
  PushBatch batch;
  if (media_type == "application/json") {
    NARFI_TRY(body.owned ? DecodeJsonPush(body.text, batch)
                         : DecodeCopiedJson(request.body, batch));
    return batch;
  }
  const std::string_view packed = body.owned ? std::string_view(body.text) : request.body;
  NARFI_ASSIGN(std::string bytes, UnpackSnappy(packed, limits.max_unpacked_bytes));
  batch.text = std::make_unique<const std::string>(std::move(bytes));
  NARFI_TRY(DecodeProtoPush(*batch.text, batch));
  return batch;
}

}  // namespace

tl::expected<PushBatch, PushAnswer> Decode(const PushRequest& request, const DecodeLimits& limits) {
  Result<PushBatch> batch = DecodeBody(request, limits);
  if (!batch) return tl::unexpected<PushAnswer>(AnswerTo(std::move(batch).error()));
  if (batch->streams.empty()) {
    return tl::unexpected<PushAnswer>(PushAnswer{.status = 422, .text = std::string(kNoStreams)});
  }
  return std::move(*batch);
}

}  // namespace narfi::ingest
