#include "server/hints.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/duration.h"
#include "base/go_text.h"
#include "base/time.h"
#include "query/logql/parser.h"
#include "query/logql/printer.h"
#include "query/plan/step_grid.h"
#include "server/query_limits.h"

namespace narfi::server {
namespace {

constexpr size_t kShownValues = 5;
constexpr uint64_t kSampledLines = 200;
constexpr int64_t kLookAroundNs = kSecond / 2;

const logql::RangeAggregation* FirstRange(const logql::SampleExpr& expr) {
  if (const auto* range = std::get_if<logql::RangeAggregation>(&expr.node)) return range;
  if (const auto* vector = std::get_if<logql::VectorAggregation>(&expr.node))
    return FirstRange(*vector->inner);
  if (const auto* replace = std::get_if<logql::LabelReplace>(&expr.node))
    return FirstRange(*replace->inner);
  if (const auto* binary = std::get_if<logql::BinaryOperation>(&expr.node)) {
    const auto* left = FirstRange(*binary->left);
    return left != nullptr ? left : FirstRange(*binary->right);
  }
  return nullptr;
}

// The matchers that demand a label: a missing one, or an empty value, does not pass.
std::vector<const logql::Matcher*> Demanding(const std::vector<logql::Matcher>& matchers) {
  std::vector<const logql::Matcher*> out;
  for (const logql::Matcher& matcher : matchers) {
    if (!matcher.Accepts("")) out.push_back(&matcher);
  }
  return out;
}

std::set<std::string_view> ValuesOf(const std::vector<Labels>& series, std::string_view name) {
  std::set<std::string_view> values;
  for (const Labels& labels : series) {
    if (labels.Has(name)) values.insert(labels.Get(name));
  }
  return values;
}

// Whether `query`, which may leave every stream open, finds a field of this name.
bool FindsField(const Services& services, const ReadCall& call, const std::string& query,
                const std::string& name) {
  auto expr = logql::Parse(query, {.open_selectors = true});
  if (!expr) return false;
  query::Request request;
  request.tenant = call.tenant;
  request.expr = std::make_shared<const logql::Expr>(std::move(*expr));
  request.end_ns = INT64_MAX;
  request.start_ns = call.now_ns - kWeek;
  request.limit = kSampledLines;
  query::QueryContext context = call.context;
  context.deadline_ns = std::min(context.deadline_ns, services.clock.MonotonicNs() + kLookAroundNs);
  const auto result = services.queries.Execute(request, context);
  if (!result) return false;  // out of time: then there is no hint
  const auto* streams = std::get_if<query::StreamsResult>(&result->data);
  if (streams == nullptr) return false;
  return std::any_of(
      streams->streams.begin(), streams->streams.end(), [&](const query::LogStream& stream) {
        return std::any_of(
            stream.entries.begin(), stream.entries.end(), [&](const query::LogEntry& entry) {
              return std::any_of(entry.parsed.begin(), entry.parsed.end(),
                                 [&](const query::Field& field) { return field.name == name; });
            });
      });
}

// Whether a field of this name turns up when lines that hold its name, or the newest lines, are
// parsed as JSON. The latter find names that are joined from several.
bool HasJsonField(const Services& services, const ReadCall& call, const std::string& name) {
  return FindsField(services, call, "{} |= " + GoQuote(GoQuote(name)) + " | json", name) ||
         FindsField(services, call, "{} | json", name);
}

std::string ShowValues(const std::set<std::string_view>& values) {
  std::string out;
  size_t shown = 0;
  for (const std::string_view value : values) {
    if (shown++ == kShownValues)
      return out + fmt::format(" and {} more", values.size() - kShownValues);
    if (!out.empty()) out += ", ";
    AppendGoQuoted(out, value);
  }
  return out;
}

std::string MissingLabel(const Services& services, const ReadCall& call,
                         const std::vector<logql::Matcher>& matchers,
                         const logql::Matcher& missing) {
  if (!HasJsonField(services, call, missing.name))
    return fmt::format("no stream has a label \"{}\"", missing.name);
  std::vector<logql::Matcher> rest;
  for (const logql::Matcher& matcher : matchers) {
    if (matcher.name != missing.name) rest.push_back(matcher);
  }
  const std::string selector =
      Demanding(rest).empty() ? std::string("{service_name=~\".+\"}") : logql::Print(rest);
  return fmt::format(
      "no stream has a label \"{}\", but JSON lines have a field of that name: try {} | json | {}",
      missing.name, selector, logql::Print(missing));
}

std::string OutOfRange(const Services& services, const ReadCall& call,
                       const storage::Snapshot& matching, TimeRange range,
                       int64_t oldest_visible_ns) {
  const auto [start_ns, end_ns] = range;
  int64_t oldest = INT64_MAX;
  int64_t newest = INT64_MIN;
  for (const storage::RunRef& run : matching.runs) {
    oldest = std::min(oldest, std::max(run.info().min_time_ns, oldest_visible_ns));
    newest = std::max(newest, run.info().max_time_ns);
  }
  std::string out = fmt::format(
      "the matching streams have no entries from {} to {}; theirs are from {} to {}",
      FormatRfc3339(start_ns), FormatRfc3339(end_ns), FormatRfc3339(oldest), FormatRfc3339(newest));
  const config::Limits& limits = services.LimitsFor(call.tenant);
  if (limits.reject_old_samples && end_ns < call.now_ns - limits.reject_old_samples_max_age_ns) {
    out += fmt::format(
        "; entries more than {} old are refused when they are pushed (reject_old_samples_max_age)",
        FormatGoDuration(limits.reject_old_samples_max_age_ns));
  }
  if (limits.retention_period_ns > 0 && end_ns < call.now_ns - limits.retention_period_ns) {
    out += fmt::format("; the range is older than retention_period ({})",
                       FormatGoDuration(limits.retention_period_ns));
  }
  return out;
}

}  // namespace

const std::vector<logql::Matcher>* FirstMatchers(const logql::Expr& expr) {
  if (const auto* log = std::get_if<logql::LogSelector>(&expr)) return &log->matchers;
  const auto* range = FirstRange(std::get<logql::SampleExpr>(expr));
  return range == nullptr ? nullptr : &range->selector.matchers;
}

TimeRange LookedAt(const query::Request& request) {
  const auto* sample = std::get_if<logql::SampleExpr>(request.expr.get());
  const auto* range = sample == nullptr ? nullptr : FirstRange(*sample);
  if (range == nullptr) return {request.start_ns, request.end_ns};
  const auto back = [](int64_t time_ns, int64_t ns) { return query::SaturatingAdd(time_ns, -ns); };
  const int64_t end_ns = back(request.end_ns, range->offset_ns);
  const int64_t start_ns =
      back(request.is_instant ? request.end_ns : request.start_ns, range->offset_ns);
  return {back(start_ns, range->range_ns), end_ns};
}

std::vector<std::string> ExplainEmpty(const Services& services, const ReadCall& call,
                                      const std::vector<logql::Matcher>& matchers, int64_t start_ns,
                                      int64_t end_ns) {
  const int64_t oldest_ns = OldestVisible(services, call.tenant);
  const auto all = services.source.Series({call.tenant, {}, oldest_ns, INT64_MAX});
  if (!all) return {};
  if (all->empty() && oldest_ns != INT64_MIN) return {};
  if (all->empty()) return {fmt::format("tenant \"{}\" has no entries at all yet", call.tenant)};
  std::vector<std::string> out;
  for (const logql::Matcher* matcher : Demanding(matchers)) {
    const auto values = ValuesOf(*all, matcher->name);
    if (values.empty()) {
      out.push_back(MissingLabel(services, call, matchers, *matcher));
    } else if (std::none_of(values.begin(), values.end(),
                            [&](std::string_view value) { return matcher->Accepts(value); })) {
      out.push_back(fmt::format("no value of the label \"{}\" passes {}; there are {}",
                                matcher->name, logql::Print(*matcher), ShowValues(values)));
    }
  }
  if (!out.empty()) return out;
  const auto matching = services.source.TakeSnapshot(
      {call.tenant, logql::ToPredicates(matchers), oldest_ns, INT64_MAX});
  if (!matching) return {};
  if (matching->runs.empty())
    return {"each matcher passes some streams, but no stream passes all of them"};
  return {
      OutOfRange(services, call, *matching, {std::max(start_ns, oldest_ns), end_ns}, oldest_ns)};
}

}  // namespace narfi::server
