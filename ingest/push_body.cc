#include "ingest/push_body.h"

#include <fmt/format.h>

#include "base/go_text.h"
#include "ingest/body_codec.h"
#include "ingest/content_type.h"
#include "ingest/push_decode.h"

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

Result<PushBatch> DecodeBody(const PushRequest& request, const DecodeLimits& limits) {
  if (request.body.size() > limits.max_body_bytes) {
    return BodyTooLarge(request.body.size(), limits.max_body_bytes);
  }
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
