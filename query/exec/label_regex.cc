#include "query/exec/label_regex.h"

#include <re2/re2.h>

#include "query/exec/regex_shape.h"

namespace narfi::query {
namespace {

using Tests = std::vector<LiteralTest>;
using Kind = LiteralTest::Kind;

bool AddConcat(const RegexShape& shape, std::string base, bool base_fold, bool has_base,
               Tests& tests);

// `(a|b.*)` behind a literal: each alternative is a search for the literal with it.
bool AddAlternatives(const RegexShape& shape, const std::string& base, bool fold, Tests& tests) {
  for (const RegexShape& leg : shape.parts) {
    switch (leg.kind) {
      case RegexShape::Kind::kEmpty:
      case RegexShape::Kind::kAnyStar:
        tests.push_back({Kind::kContains, base, fold});
        break;
      case RegexShape::Kind::kLiteral:
        if (leg.ignore_case != fold) return false;
        tests.push_back({Kind::kContains, base + leg.text, fold});
        break;
      case RegexShape::Kind::kConcat:
        if (!AddConcat(leg, base, fold, true, tests)) return false;
        break;
      default:
        return false;
    }
  }
  return true;
}

// At most three parts, at most one literal among them, the rest ".*".
bool AddConcat(const RegexShape& shape, std::string base, bool base_fold, bool has_base,
               Tests& tests) {
  std::vector<const RegexShape*> parts;
  for (const RegexShape& part : shape.parts) {
    if (part.kind != RegexShape::Kind::kEmpty) parts.push_back(&part);
  }
  if (parts.size() > 3) return false;
  bool literal = false;
  bool alternatives = false;
  for (const RegexShape* part : parts) {
    if (part->kind == RegexShape::Kind::kLiteral) {
      if (literal || (has_base && part->ignore_case != base_fold)) return false;
      literal = true;
      base += part->text;
      base_fold = part->ignore_case;
      has_base = true;
    } else if (part->kind == RegexShape::Kind::kAlternate && has_base) {
      if (!AddAlternatives(*part, base, base_fold, tests)) return false;
      alternatives = true;
    } else if (part->kind != RegexShape::Kind::kAnyStar) {
      return false;
    }
  }
  if (alternatives) return true;
  if (!has_base) return false;
  tests.push_back({Kind::kContains, base, base_fold});
  return true;
}

bool AddTests(const RegexShape& shape, Tests& tests) {
  switch (shape.kind) {
    case RegexShape::Kind::kEmpty:
    case RegexShape::Kind::kAnyStar:
      tests.push_back({Kind::kAlways, {}, false});
      return true;
    case RegexShape::Kind::kAnyPlus:
      tests.push_back({Kind::kNotEmpty, {}, false});
      return true;
    case RegexShape::Kind::kLiteral:
      tests.push_back({Kind::kEquals, shape.text, shape.ignore_case});
      return true;
    case RegexShape::Kind::kConcat:
      return AddConcat(shape, {}, false, false, tests);
    case RegexShape::Kind::kAlternate:
      for (const RegexShape& leg : shape.parts) {
        if (!AddTests(leg, tests)) return false;
      }
      return true;
    case RegexShape::Kind::kOther:
      return false;
  }
  return false;
}

}  // namespace

std::vector<LiteralTest> ReduceToLiterals(std::string_view pattern) {
  Tests tests;
  if (!AddTests(ShapeOfRegex(pattern), tests)) tests.clear();
  return tests;
}

LabelRegex::LabelRegex(std::string_view pattern, const re2::RE2& anchored)
    : anchored_(anchored), tests_(ReduceToLiterals(pattern)) {
  for (const LiteralTest& test : tests_) {
    re2::RE2::Options options;
    options.set_literal(true);
    options.set_case_sensitive(false);
    folded_.push_back(test.ignore_case ? std::make_unique<re2::RE2>(test.text, options) : nullptr);
  }
}

LabelRegex::~LabelRegex() = default;

bool LabelRegex::Matches(std::string_view value) const {
  const re2::StringPiece piece(value.data(), value.size());
  if (tests_.empty()) return re2::RE2::FullMatch(piece, anchored_);
  for (size_t i = 0; i < tests_.size(); ++i) {
    const LiteralTest& test = tests_[i];
    bool passes = true;
    if (test.kind == Kind::kNotEmpty) {
      passes = !value.empty();
    } else if (test.kind == Kind::kEquals) {
      passes = folded_[i] ? re2::RE2::FullMatch(piece, *folded_[i]) : value == test.text;
    } else if (test.kind == Kind::kContains) {
      passes = folded_[i] ? re2::RE2::PartialMatch(piece, *folded_[i])
                          : value.find(test.text) != std::string_view::npos;
    }
    if (passes) return true;
  }
  return false;
}

}  // namespace narfi::query
