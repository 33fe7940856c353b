// patterns: what the newest lines of some streams have in common, and how often each comes.
#include <algorithm>

#include "base/duration.h"
#include "base/json_write.h"
#include "line/log_patterns.h"
#include "query/logql/parser.h"
#include "server/answer.h"
#include "server/newest_rows.h"
#include "server/params.h"
#include "server/services.h"

namespace narfi::server {
namespace {

constexpr int64_t kMinStep = 10 * kSecond;  // Loki counts patterns by ten seconds
constexpr int64_t kMaxMiningNs = 5 * kSecond;
// What a full miner holds: words, shapes and keys of kMaxPatterns lines, and samples.
constexpr uint64_t kMinerBytes = 8 << 20;

std::string_view LevelOf(std::span<const storage::MetadataPair> metadata) {
  for (const storage::MetadataPair& pair : metadata) {
    if (pair.name == "detected_level") return pair.value;
  }
  return "unknown";
}

int64_t RoundDown(int64_t time_ns, int64_t step_ns) {
  const int64_t rest = time_ns % step_ns;
  return time_ns - (rest < 0 ? rest + step_ns : rest);
}

std::string WritePatterns(const std::vector<line::PatternMiner::Pattern>& patterns) {
  std::string out = "{\"status\":\"success\",\"data\":[";
  Comma comma;
  for (const auto& pattern : patterns) {
    comma(out);
    out += "{\"pattern\":";
    AppendJsonString(out, pattern.text);
    out += ",\"level\":";
    AppendJsonString(out, pattern.level);
    out += ",\"samples\":[";
    Comma inner;
    for (const auto& [time_s, count] : pattern.samples) {
      inner(out);
      out += '[';
      AppendInt(out, time_s);
      out += ',';
      AppendUint(out, count);
      out += ']';
    }
    out += "]}";
  }
  return out + "]}";
}

Result<net::HttpResponse> HandlePatterns(const Services& services, const ReadCall& call) {
  NARFI_ASSIGN(const TimeRange range, ReadRange(*call.request, call.now_ns, kHour));
  NARFI_ASSIGN(const int64_t asked_ns, ReadStep(*call.request, range));
  NARFI_ASSIGN(const auto matchers, logql::ParseSelector(TextParam(*call.request, "query")));
  if (range.end_ns <= range.start_ns) return JsonAnswer(WritePatterns({}));
  const int64_t step_ns = std::max(asked_ns, kMinStep);
  auto charge = std::make_shared<MemoryCharge>(services.query_memory);
  NARFI_TRY(charge->GrowTo(kMinerBytes, [&] { return GoOnWaiting(services, call.context); }));
  line::PatternMiner miner;
  const int64_t stop_ns =
      std::min(call.context.deadline_ns, services.clock.MonotonicNs() + kMaxMiningNs);
  NARFI_TRY(WalkNewestRows(
      services.source, {call.tenant, logql::ToPredicates(matchers), range.start_ns, range.end_ns},
      {}, [&] { return services.clock.MonotonicNs() < stop_ns && !*call.context.cancelled; },
      [&](int64_t time_ns, std::string_view line, std::span<const storage::MetadataPair> metadata) {
        miner.Add(line, LevelOf(metadata), RoundDown(time_ns, step_ns) / kSecond);
      }));
  net::HttpResponse answer = JsonAnswer(WritePatterns(miner.Patterns()));
  NARFI_TRY(HoldUntilSent(services, call, std::move(charge), answer));
  return answer;
}

}  // namespace

void AddPatternRoutes(Router& router, const Services& services) {
  router.Add("GET POST", "/loki/api/v1/patterns", "loki_api_v1_patterns",
             OnQueryPool(services, HandlePatterns));
}

}  // namespace narfi::server
