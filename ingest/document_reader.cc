#include "ingest/document_reader.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/duration.h"
#include "base/time.h"
#include "line/label_name.h"

namespace narfi::ingest {
namespace {

std::vector<std::string> ToLabelNames(const std::vector<std::string>& fields) {
  std::vector<std::string> out;
  out.reserve(fields.size());
  for (const std::string& field : fields) out.push_back(line::ToLabelName(field));
  return out;
}

// The unit of a number of this size, in nanoseconds.
int64_t UnitOf(double number) {
  constexpr double kSecondsBelow = 1e11;
  constexpr double kMillisecondsBelow = 1e14;
  constexpr double kMicrosecondsBelow = 1e17;
  const double size = std::abs(number);
  if (size < kSecondsBelow) return kSecond;
  if (size < kMillisecondsBelow) return kMillisecond;
  return size < kMicrosecondsBelow ? 1000 : 1;
}

// The digits behind a point, in nanoseconds where the whole number counts `unit_ns`.
std::optional<int64_t> ParseFraction(std::string_view digits, int64_t unit_ns) {
  int64_t time_ns = 0;
  for (const char digit : digits) {
    if (digit < '0' || digit > '9') return std::nullopt;
    unit_ns /= 10;
    time_ns += unit_ns * (digit - '0');
  }
  return time_ns;
}

std::optional<int64_t> ParseNumberTime(std::string_view text) {
  const size_t point = std::min(text.find('.'), text.size());
  const char* end = text.data() + point;
  int64_t whole = 0;
  const auto [stop, error] = std::from_chars(text.data(), end, whole);
  if (error != std::errc{} || stop != end) return std::nullopt;
  const int64_t unit_ns = UnitOf(static_cast<double>(whole));
  const auto fraction = ParseFraction(text.substr(std::min(point + 1, text.size())), unit_ns);
  int64_t time_ns = 0;
  if (!fraction || __builtin_mul_overflow(whole, unit_ns, &time_ns)) return std::nullopt;
  if (__builtin_add_overflow(time_ns, text.starts_with('-') ? -*fraction : *fraction, &time_ns))
    return std::nullopt;
  return time_ns;
}

}  // namespace

std::optional<int64_t> ParseDocumentTime(std::string_view text) {
  constexpr size_t kDateBytes = 10;  // 2026-11-26
  if (text.size() <= kDateBytes || text[4] != '-') return ParseNumberTime(text);
  std::string time(text);
  if (time[kDateBytes] == ' ') time[kDateBytes] = 'T';
  if (time.find_first_of("Zz+-", kDateBytes) == std::string::npos) time += 'Z';
  const auto parsed = ParseRfc3339(time);
  if (!parsed) return std::nullopt;
  return *parsed;
}

DocumentReader::DocumentReader(const DocumentOptions& options)
    : label_names_(ToLabelNames(options.label_fields)),
      time_names_(ToLabelNames(options.time_fields)),
      message_name_(options.message_field.empty() ? "" : line::ToLabelName(options.message_field)),
      fields_(line::Demand{}) {}

Status DocumentReader::Read(std::string_view text, Arena& arena, ObjectBudget& budget,
                            Document& out) {
  out.time_ns.reset();
  out.bad_time = {};
  out.labels.assign(label_names_.size(), {});
  out.line = text;
  out.metadata = {};
  found_.clear();
  scratch_.Clear();
  Arena& values = message_name_.empty() ? scratch_ : arena;
  const line::Outcome outcome = fields_.Extract(text, {}, found_, values);
  if (outcome.failed)
    return Fail(Code::kInvalidArgument,
                "the document is no JSON object: " + std::string(outcome.details));
  const auto find = [this](const std::string& name) {
    return std::find_if(found_.begin(), found_.end(),
                        [&](const line::Field& field) { return field.name == name; });
  };
  for (size_t i = 0; i < label_names_.size(); ++i) {
    if (const auto field = find(label_names_[i]); field != found_.end())
      out.labels[i] = field->value;
  }
  for (const std::string& name : time_names_) {
    const auto field = find(name);
    if (field == found_.end()) continue;
    out.time_ns = ParseDocumentTime(field->value);
    if (!out.time_ns) out.bad_time = field->value;
    break;
  }
  if (message_name_.empty()) return {};
  const auto message = find(message_name_);
  if (message == found_.end()) return {};
  out.line = arena.Copy(message->value);
  const auto is_used = [this](std::string_view name) {
    return name == message_name_ ||
           std::find(time_names_.begin(), time_names_.end(), name) != time_names_.end() ||
           std::find(label_names_.begin(), label_names_.end(), name) != label_names_.end();
  };
  for (const line::Field& field : found_) {
    if (is_used(field.name)) continue;
    NARFI_TRY(budget.Take<MetadataPair>());
    // Names may live in the reader.
    NARFI_TRY(budget.TakeBytes(field.name.size() + field.value.size()));
    out.metadata.push_back({arena.Copy(field.name), arena.Copy(field.value)}, arena);
  }
  return {};
}

}  // namespace narfi::ingest
