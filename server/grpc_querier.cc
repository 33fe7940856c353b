// logproto.Querier: what tools ask that speak Loki's own protocol instead of HTTP.
#include <algorithm>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/log.h"
#include "proto/wire_writer.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/answer_spool.h"
#include "server/extensions.h"
#include "server/grpc_api.h"
#include "server/grpc_messages.h"
#include "server/params.h"
#include "server/query_limits.h"
#include "server/stream_labels.h"
#include "server/volume.h"

namespace narfi::server {
namespace {

using proto::WireWriter;

constexpr size_t kBatchEntries = 128;    // of a message, as in Loki
constexpr size_t kBatchBytes = 1 << 20;  // a message ends once it has so much

// A handler of one method: the request's message in, the answer or an error out.
using QuerierHandler = Result<net::GrpcAnswer> (*)(const Services&, const ReadCall&,
                                                   std::string_view message);

// ---- Query

struct Place {
  int64_t time_ns;
  uint32_t stream;
  uint32_t entry;
};

// The entries of a result in the order of the query, whatever stream they are of, a batch a
// message.
class BatchSource {
 public:
  BatchSource(query::QueryResult result, query::Direction direction)
      : result_(std::make_shared<query::QueryResult>(std::move(result))) {
    const auto& streams = Streams();
    for (uint32_t s = 0; s < streams.size(); ++s) {
      labels_.push_back(LabelsText(streams[s].labels));
      for (uint32_t e = 0; e < streams[s].entries.size(); ++e)
        order_.push_back({streams[s].entries[e].time_ns, s, e});
    }
    const bool is_forward = direction == query::Direction::kForward;
    std::stable_sort(order_.begin(), order_.end(), [&](const Place& a, const Place& b) {
      return is_forward ? a.time_ns < b.time_ns : a.time_ns > b.time_ns;
    });
  }

  void Rewind() { next_ = 0; }
  bool operator()(std::string& message) {
    if (next_ == order_.size()) return false;
    std::map<uint32_t, WireWriter> streams;
    size_t bytes = 0;
    const size_t end = std::min(order_.size(), next_ + kBatchEntries);
    for (; next_ < end && bytes < kBatchBytes; ++next_) {
      const Place& place = order_[next_];
      const auto [stream, is_new] = streams.try_emplace(place.stream);
      if (is_new) stream->second.Bytes(1, labels_[place.stream]);
      const std::string entry = WriteEntryMessage(Streams()[place.stream].entries[place.entry]);
      bytes += entry.size();
      stream->second.Bytes(2, entry);
    }
    WireWriter response;
    for (const auto& [index, stream] : streams) response.Bytes(1, stream.bytes());
    message = response.Take();
    return true;
  }

 private:
  const std::vector<query::LogStream>& Streams() const {
    return std::get<query::StreamsResult>(result_->data).streams;
  }
  static std::string LabelsText(const query::LabelPairs& pairs) { return Labels(pairs).ToString(); }
  std::shared_ptr<query::QueryResult> result_;  // shared: a std::function is copied
  std::vector<std::string> labels_;
  std::vector<Place> order_;
  size_t next_ = 0;
};

// Messages in a file, each behind its length.
class SpooledMessages {
 public:
  explicit SpooledMessages(std::shared_ptr<SpooledText> text) : text_(std::move(text)) {}

  static void Append(std::string& piece, std::string_view message) {
    PutU32(piece, static_cast<uint32_t>(message.size()));
    piece += message;
  }
  Result<bool> operator()(std::string& message) {
    message.clear();
    std::string length;
    if (text_->left() == 0) return false;
    NARFI_TRY(text_->Read(sizeof(uint32_t), length));
    NARFI_TRY(text_->Read(ByteReader(length).U32(), message));
    return true;
  }

 private:
  const std::shared_ptr<SpooledText> text_;
};

// The entries of a result, waiting in the spool for their client.
net::GrpcAnswer AnswerOf(const Services& services, query::QueryResult result,
                         query::Direction direction) {
  auto memory = std::exchange(result.memory, nullptr);
  const uint64_t bytes = memory == nullptr ? 0 : memory->bytes();
  BatchSource batches(std::move(result), direction);
  if (bytes <= AnswerSpool::kSmallBytes) return {.source = std::move(batches)};
  if (auto held = services.spool.TryHold(bytes))
    return {.source = std::move(batches), .hold = std::move(held)};
  auto put = services.spool.Put([&, message = std::string()](std::string& piece) mutable {
    const bool more = batches(message);
    if (more) SpooledMessages::Append(piece, message);
    return more;
  });
  if (put) return {.source = SpooledMessages(std::move(*put))};
  Log(LogLevel::kWarn, "an answer waits in memory", {{"error", put.error().text}});
  // Those that were written are sent from the beginning, too.
  batches.Rewind();
  return {.source = std::move(batches), .hold = std::move(memory)};
}

Result<net::GrpcAnswer> HandleQuery(const Services& services, const ReadCall& call,
                                    std::string_view message) {
  NARFI_ASSIGN(query::Request request, ReadQueryMessage(message, call.now_ns));
  request.tenant = call.tenant;
  NARFI_ASSIGN(auto expr, logql::Parse(request.query, ParseOptionsOf(services, call)));
  if (!std::holds_alternative<logql::LogSelector>(expr))
    return Fail(Code::kInvalidArgument, "only log queries can be asked for entries");
  request.expr = std::make_shared<const logql::Expr>(std::move(expr));
  if (request.limit == 0) request.limit = ClampEntries(UINT64_MAX, call.tenant, services);
  ClampLookback(request, services);
  NARFI_TRY(CheckTenantLimits(request, services));
  NARFI_ASSIGN(auto result, services.queries.Execute(request, call.context));
  return AnswerOf(services, std::move(result), request.direction);
}

// ---- Label, Series

Result<net::GrpcAnswer> HandleLabel(const Services& services, const ReadCall& call,
                                    std::string_view message) {
  NARFI_ASSIGN(const LabelMessage asked, ReadLabelMessage(message, call.now_ns));
  NARFI_ASSIGN(const auto found,
               asked.wants_values
                   ? FindLabelValues(services, call.tenant, asked.range, asked.query, asked.name)
                   : FindLabelNames(services, call.tenant, asked.range, asked.query));
  WireWriter response;
  for (const std::string& text : found) response.Bytes(1, text);
  return net::GrpcAnswer{.message = response.Take()};
}

Result<net::GrpcAnswer> HandleSeries(const Services& services, const ReadCall& call,
                                     std::string_view message) {
  NARFI_ASSIGN(const SeriesMessage asked, ReadSeriesMessage(message, call.now_ns));
  NARFI_ASSIGN(const auto found, FindSeries(services, call.tenant, asked.range, asked.groups));
  WireWriter response;
  for (const Labels& labels : found) {
    WireWriter identifier;
    for (const Label& label : labels) {
      WireWriter pair;
      pair.Bytes(1, label.name);
      pair.Bytes(2, label.value);
      identifier.Bytes(1, pair.bytes());
    }
    response.Bytes(1, identifier.bytes());
  }
  return net::GrpcAnswer{.message = response.Take()};
}

// ---- GetStats, GetVolume

Result<net::GrpcAnswer> HandleStats(const Services& services, const ReadCall& call,
                                    std::string_view message) {
  NARFI_ASSIGN(const IndexMessage asked, ReadIndexMessage(message));
  NARFI_ASSIGN(const auto matchers, logql::ParseSelector(asked.matchers));
  NARFI_ASSIGN(const storage::Selector selector,
               VisibleSelector(services, call.tenant, logql::ToPredicates(matchers),
                               {asked.start_ns, asked.end_ns}));
  NARFI_ASSIGN(const auto streams, MeasureStreams(services.source, selector));
  const StreamVolume total = TotalOf(streams);
  WireWriter response;
  response.Varint(1, streams.size());
  response.Varint(2, total.runs);
  response.Varint(3, total.bytes);
  response.Varint(4, total.entries);
  return net::GrpcAnswer{.message = response.Take()};
}

Result<net::GrpcAnswer> HandleVolume(const Services& services, const ReadCall& call,
                                     std::string_view message) {
  if (!VolumeIsEnabled(call.tenant, services))
    return Fail(Code::kNotFound, "volume is disabled (limits_config.volume_enabled)");
  NARFI_ASSIGN(const IndexMessage asked, ReadIndexMessage(message));
  NARFI_ASSIGN(const auto matchers, logql::ParseOpenSelector(asked.matchers));
  const VolumeGrouping grouping =
      MakeGrouping(asked.target_labels, asked.aggregate_by == "labels", matchers);
  const uint64_t limit =
      ClampVolumes(asked.limit == 0 ? kDefaultVolumeLimit : asked.limit, call.tenant, services);
  NARFI_ASSIGN(const storage::Selector selector,
               VisibleSelector(services, call.tenant, logql::ToPredicates(matchers),
                               {asked.start_ns, asked.end_ns}));
  NARFI_ASSIGN(const auto streams, MeasureStreams(services.source, selector));
  WireWriter response;
  for (const VolumeSum& sum : SumVolumes(streams, grouping, limit)) {
    WireWriter volume;
    volume.Bytes(1,
                 grouping.by_label_name ? sum.labels.front().name : Labels(sum.labels).ToString());
    volume.Varint(3, sum.bytes);
    response.Bytes(1, volume.bytes());
  }
  response.Varint(2, limit);
  return net::GrpcAnswer{.message = response.Take()};
}

// ---- how they run

Result<net::GrpcAnswer> RunQuerier(const Services& services, const ReadCall& call,
                                   QuerierHandler handler) {
  NARFI_TRY(services.ingest.WaitReady(call.context.deadline_ns));
  NARFI_ASSIGN(const std::string_view message, UnpackQuery(*call.request));
  return handler(services, call, message);
}

net::GrpcHandler OnPool(const Services& services, QuerierHandler handler) {
  return [&services, handler](std::shared_ptr<net::HttpRequest> request,
                              const net::GrpcRespond& respond) {
    auto read = MakeReadCall(services, std::move(request));
    if (!read) {
      return respond(
          {.code = GrpcCodeOf(read.error().status), .text = std::move(read).error().body});
    }
    const bool taken =
        services.query_pool.Submit([&services, handler, call = std::move(*read), respond] {
          auto answer = RunQuerier(services, call, handler);
          respond(answer ? std::move(*answer) : GrpcError(answer.error()));
        });
    if (!taken) respond({.code = 429, .text = "too many outstanding requests"});
  };
}

}  // namespace

void AddGrpcQuerier(GrpcMethods& methods, const Services& services) {
  const auto add = [&](const char* name, QuerierHandler handler) {
    methods[std::string("/logproto.Querier/") + name] = OnPool(services, handler);
  };
  add("Query", HandleQuery);
  add("Label", HandleLabel);
  add("Series", HandleSeries);
  add("GetStats", HandleStats);
  add("GetVolume", HandleVolume);
}

}  // namespace narfi::server
