#include "query/exec/group_filter.h"

#include <re2/re2.h>

#include <algorithm>

#include "query/exec/batch.h"
#include "query/exec/json_slots.h"
#include "query/logql/pattern_parts.h"
#include "query/plan/needles.h"
#include "query/plan/regex_literals.h"

namespace narfi::query {
namespace {

// Of so many rows of a group one left is read and parsed more cheaply than columns are.
constexpr uint32_t kRowsPerText = 512;

bool HasIp(const logql::LineFilterStage& stage) {
  return std::any_of(stage.needles.begin(), stage.needles.end(),
                     [](const logql::LineNeedle& needle) { return needle.is_ip; });
}

bool IsWholeJson(const logql::Stage* stage) {
  const auto* json = std::get_if<logql::JsonStage>(stage);
  return json != nullptr && json->extractions.empty();
}

std::vector<std::string> LiteralsOf(const std::string& pattern) {
  std::vector<std::string> literals;
  for (const logql::PatternPart& part : logql::SplitPattern(pattern)) {
    if (!part.is_capture) literals.emplace_back(part.text);
  }
  return literals;
}

// The place of a code in a table of kAskCode, kAbsentCode, 0, 1, ...
uint16_t PlaceOf(uint16_t code) { return static_cast<uint16_t>(code + 2); }

constexpr uint8_t kOut = 0;
constexpr uint8_t kPass = 1;
constexpr uint8_t kAsk = 2;

uint8_t VerdictOf(const ValueTest& test, LabelColumn::Kind kind, std::string_view value) {
  if (kind == LabelColumn::Kind::kAsk) return kAsk;
  const bool absent = kind == LabelColumn::Kind::kAbsent;
  const ValueTest::Outcome outcome = test.Of(absent ? std::nullopt : std::optional(value));
  if (outcome == ValueTest::Outcome::kFlawed) return kAsk;
  return outcome == ValueTest::Outcome::kPasses ? kPass : kOut;
}

}  // namespace

Status GroupFilter::Run() {
  calm_ = alive_;
  const size_t stages = ColumnStages(plan_);
  bool decided = true;
  for (size_t i = 0; i < stages && decided && !alive_.empty(); ++i) {
    NARFI_ASSIGN(decided, RunStage(*plan_.stages[i]));
  }
  if (stages < plan_.stages.size()) {
    NARFI_TRY(DropByNeedles());
    decided = false;
  }
  if (!decided) sure_.Clear();
  scan_.all_sure_ = decided && sure_.count() == scan_.rows_;
  return {};
}

Result<bool> GroupFilter::RunStage(const logql::Stage& stage) {
  if (const auto* line = std::get_if<logql::LineFilterStage>(&stage)) {
    NARFI_TRY(RunLines(*line));
    return true;
  }
  if (OnlyDropsErrors(stage)) return true;
  NARFI_TRY(DropByNeedles());
  if (!IsWorthColumns()) return false;
  if (const auto* filter = std::get_if<logql::LabelFilterStage>(&stage)) {
    NARFI_TRY(RunFilter(filter->filter));
  } else {
    NARFI_TRY(RunJson());
  }
  return true;
}

Status GroupFilter::RunLines(const logql::LineFilterStage& stage) {
  switch (stage.op) {
    case logql::LineOp::kContains:
    case logql::LineOp::kNotContains:
      return RunTexts(stage);
    case logql::LineOp::kRegex:
    case logql::LineOp::kNotRegex:
      return RunRegexes(stage);
    case logql::LineOp::kPattern:
    case logql::LineOp::kNotPattern:
      return RunPatterns(stage);
  }
  return {};
}

bool GroupFilter::IsWorthColumns() const {
  return alive_.count() > columnar_.rows() / kRowsPerText;
}

// ------------------------------------------------------------------ line filters

GroupFilter::Hits GroupFilter::Everything(bool sure) const {
  Hits hits{storage::RowSet(columnar_.rows()), storage::RowSet(columnar_.rows())};
  (sure ? hits.sure : hits.maybe).AddAll();
  return hits;
}

Result<GroupFilter::Hits> GroupFilter::FindAny(const std::vector<std::string>& texts) const {
  Hits hits{storage::RowSet(columnar_.rows()), storage::RowSet(columnar_.rows())};
  for (const std::string& text : texts) {
    if (text.empty()) return Everything(true);
    NARFI_ASSIGN(const auto found, columnar_.FindText(text));
    hits.sure |= found->sure;
    hits.maybe |= found->maybe;
  }
  hits.maybe -= hits.sure;
  return hits;
}

void GroupFilter::Keep(bool negative, const Hits& hits) {
  if (negative) {
    alive_ -= hits.sure;
    sure_ -= hits.sure;
    sure_ -= hits.maybe;
    return;
  }
  storage::RowSet any = hits.sure;
  any |= hits.maybe;
  alive_ &= any;
  sure_ &= hits.sure;
}

Status GroupFilter::RunTexts(const logql::LineFilterStage& stage) {
  std::vector<std::string> texts;
  for (const logql::LineNeedle& needle : stage.needles) {
    if (!needle.is_ip) texts.push_back(needle.text);
  }
  NARFI_ASSIGN(Hits hits, FindAny(texts));
  if (HasIp(stage)) {
    hits.maybe.AddAll();
    hits.maybe -= hits.sure;
  }
  Keep(logql::IsNegative(stage.op), hits);
  return {};
}

Status GroupFilter::RunRegexes(const logql::LineFilterStage& stage) {
  Hits all{storage::RowSet(columnar_.rows()), storage::RowSet(columnar_.rows())};
  for (const logql::LineNeedle& needle : stage.needles) {
    Hits hits;
    if (const auto exact = ExactTexts(needle.text); !exact.empty()) {
      NARFI_ASSIGN(hits, FindAny(exact));
    } else if (RequiredTexts required = RequiredTextsOf(needle.text); !required.any_of.empty()) {
      storage::PatternSearch search{needle.text, std::move(required.any_of), required.folded,
                                    required.scope, nullptr};
      search.matches = [regex = needle.regex](std::string_view text) {
        return re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *regex);
      };
      NARFI_ASSIGN(const auto found, columnar_.FindMatches(search));
      hits = {found->sure, found->maybe};
    } else {
      hits = Everything(false);
    }
    all.sure |= hits.sure;
    all.maybe |= hits.maybe;
  }
  all.maybe -= all.sure;
  Keep(logql::IsNegative(stage.op), all);
  return {};
}

// A line must hold every literal of a pattern.
Status GroupFilter::RunPatterns(const logql::LineFilterStage& stage) {
  Hits all{storage::RowSet(columnar_.rows()), storage::RowSet(columnar_.rows())};
  for (const logql::LineNeedle& needle : stage.needles) {
    storage::RowSet may = Everything(true).sure;
    for (const std::string& literal : LiteralsOf(needle.text)) {
      NARFI_ASSIGN(Hits hits, FindAny({literal}));
      hits.sure |= hits.maybe;
      may &= hits.sure;
    }
    all.maybe |= may;
  }
  Keep(logql::IsNegative(stage.op), all);
  return {};
}

// ------------------------------------------------------------------ fields

Status GroupFilter::DropByNeedles() {
  if (needles_dropped_) return {};
  needles_dropped_ = true;
  // What a column tells is cheaper to get than the rows of a frequent word.
  const bool by_column = std::any_of(plan_.stages.begin(), plan_.stages.end(), IsWholeJson);
  for (const Needle& needle : plan_.needles) {
    if (needle.field.empty() || (by_column && !IsId(needle.any_of.front()))) continue;
    if (columnar_.MayHaveMetadata(needle.field) ||
        columnar_.MayHaveMetadata(WithoutExtracted(needle.field)))
      continue;
    std::vector<std::string> texts = needle.any_of;
    texts.emplace_back(kEscapeNeedle);
    NARFI_ASSIGN(Hits hits, FindAny(texts));
    hits.sure |= hits.maybe;
    for (const GroupScan::Range& range : scan_.ranges()) {
      if (range.unit->labels().Has(needle.field)) AddRange(hits.sure, range.begin, range.end);
    }
    alive_ &= hits.sure;
    sure_ &= hits.sure;
  }
  return {};
}

Status GroupFilter::RunJson() {
  scan_.parsed_ = true;
  NARFI_TRY(scan_.JudgeForms());
  const std::vector<FormUse>& forms = scan_.forms_;
  if (std::find(forms.begin(), forms.end(), FormUse::kAsk) == forms.end()) return {};
  NARFI_ASSIGN(const auto of_row, columnar_.RowTemplates());
  ForEachRow(alive_, 0, alive_.rows(), [&](uint32_t row) {
    if (forms[(*of_row)[row]] == FormUse::kParses) return;
    calm_.Remove(row);
    sure_.Remove(row);
  });
  return {};
}

Status GroupFilter::RunFilter(const logql::LabelFilter& filter) {
  NARFI_ASSIGN(const Verdicts verdicts, Judge(filter));
  storage::RowSet stays = verdicts.pass;
  stays |= verdicts.ask;
  alive_ &= stays;
  sure_ &= verdicts.pass;
  calm_ -= verdicts.ask;
  return {};
}

Result<GroupFilter::Verdicts> GroupFilter::Judge(const logql::LabelFilter& filter) {
  const auto* logic = std::get_if<logql::LogicFilter>(&filter.node);
  if (logic == nullptr) return JudgeOne(filter);
  NARFI_ASSIGN(Verdicts left, Judge(*logic->left));
  NARFI_ASSIGN(const Verdicts right, Judge(*logic->right));
  // What the left side does not tell may be an error, and then the right side answers otherwise.
  storage::RowSet asked = logic->is_or ? alive_ : left.pass;
  if (logic->is_or) {
    asked -= left.pass;
    asked -= left.ask;
  }
  storage::RowSet pass = right.pass;
  pass &= asked;
  asked &= right.ask;
  left.ask |= asked;
  if (logic->is_or) {
    left.pass |= pass;
  } else {
    left.pass = std::move(pass);
  }
  return left;
}

Result<GroupFilter::Verdicts> GroupFilter::JudgeOne(const logql::LabelFilter& filter) {
  const ValueTest test(filter);
  if (test.label() == kErrorLabel) return JudgeError(test);
  Verdicts out{storage::RowSet(columnar_.rows()), storage::RowSet(columnar_.rows())};
  const auto& ranges = scan_.ranges();
  const bool from_streams = std::all_of(
      ranges.begin(), ranges.end(),
      [&](const GroupScan::Range& range) { return range.unit->labels().Has(test.label()); });
  if (!from_streams) {
    NARFI_ASSIGN(const LabelColumn* column, scan_.Column(test.label(), scan_.parsed_));
    JudgeColumn(*column, test, out);
  }
  JudgeStreams(test, out);
  if (!test.judges_errors()) {
    storage::RowSet flawed = alive_;
    flawed -= calm_;
    out.pass -= flawed;
    out.ask |= flawed;
  }
  return out;
}

// An entry without an error has an empty one.
GroupFilter::Verdicts GroupFilter::JudgeError(const ValueTest& test) const {
  Verdicts out{storage::RowSet(columnar_.rows()), alive_};
  out.ask -= calm_;
  const ValueTest::Outcome outcome = test.Of(std::string_view());
  if (outcome == ValueTest::Outcome::kOut) return out;
  storage::RowSet& to = outcome == ValueTest::Outcome::kPasses ? out.pass : out.ask;
  storage::RowSet calm = alive_;
  calm &= calm_;
  to |= calm;
  return out;
}

void GroupFilter::JudgeColumn(const LabelColumn& column, const ValueTest& test,
                              Verdicts& out) const {
  if (column.is_constant()) {
    const uint8_t verdict = VerdictOf(test, column.constant_kind(), {});
    if (verdict == kPass) out.pass = alive_;
    if (verdict == kAsk) out.ask = alive_;
    return;
  }
  std::vector<uint8_t> table = {kAsk, VerdictOf(test, LabelColumn::Kind::kAbsent, {})};
  for (uint16_t code = 0; code < column.size(); ++code)
    table.push_back(VerdictOf(test, column.KindOf(code), column.value(code)));
  const uint16_t* codes = column.codes();
  for (size_t i = 0; i < alive_.words().size(); ++i, codes += 64) {
    const uint64_t alive = alive_.words()[i];
    if (alive == 0) continue;
    const uint32_t rows = std::min<uint32_t>(64, alive_.rows() - static_cast<uint32_t>(i) * 64);
    uint64_t pass = 0;
    uint64_t ask = 0;
    for (uint32_t bit = 0; bit < rows; ++bit) {
      const uint64_t verdict = table[PlaceOf(codes[bit])];
      pass |= (verdict & kPass) << bit;
      ask |= (verdict / kAsk) << bit;
    }
    out.pass.words()[i] = pass & alive;
    out.ask.words()[i] = ask & alive;
  }
}

void GroupFilter::JudgeStreams(const ValueTest& test, Verdicts& out) const {
  for (const GroupScan::Range& range : scan_.ranges()) {
    const std::string_view value = range.unit->labels().Get(test.label());
    if (value.empty()) continue;
    RemoveRange(out.pass, range.begin, range.end);
    RemoveRange(out.ask, range.begin, range.end);
    const ValueTest::Outcome outcome = test.Of(value);
    if (outcome == ValueTest::Outcome::kPasses) AddRange(out.pass, range.begin, range.end);
    if (outcome == ValueTest::Outcome::kFlawed) AddRange(out.ask, range.begin, range.end);
  }
}

}  // namespace narfi::query
