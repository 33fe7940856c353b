#include "line/template/runtime.h"

#include <fmt/format.h>

#include "line/go_regex.h"

namespace narfi::line::tmpl {

void Runtime::Start(const Input& input) {
  input_ = &input;
  steps_ = 0;
  work_bytes_ = 0;
  arena_.Clear();
  lists_.clear();
  maps_.clear();
  if (zones_.size() > kMaxCached) zones_.clear();
  if (regexes_.size() > kMaxCached) regexes_.clear();
}

Status Runtime::CountStep() {
  if (++steps_ <= kMaxSteps) return {};
  return Fail(Code::kLimit, fmt::format("the template takes more than {} steps", kMaxSteps));
}

Status Runtime::CountWork(size_t bytes) {
  work_bytes_ += bytes;
  if (work_bytes_ <= kMaxWorkBytes) return {};
  return Fail(Code::kLimit, fmt::format("the template works on more than {} MiB for one line",
                                        kMaxWorkBytes >> 20));
}

Status Runtime::CheckSize(uint64_t bytes) {
  if (bytes <= kMaxTextBytes) return {};
  return Fail(Code::kLimit, fmt::format("the text is larger than {} MiB", kMaxTextBytes >> 20));
}

Result<Value> Runtime::Keep(std::string_view text) {
  NARFI_TRY(CheckSize(text.size()));
  NARFI_TRY(CountWork(text.size()));
  return MakeText(arena_.Copy(text));
}

Value Runtime::KeepList(List list) {
  Value out;
  out.type = Type::kList;
  out.list = &lists_.emplace_back(std::move(list));
  return out;
}

Value Runtime::KeepMap(Map map) {
  Value out;
  out.type = Type::kMap;
  out.map = &maps_.emplace_back(std::move(map));
  return out;
}

Result<const TimeZone*> Runtime::FindZone(const std::string& name) {
  if (name.empty() || name == "UTC") return nullptr;
  const auto found = zones_.find(name);
  if (found != zones_.end()) return found->second.get();
  // Offsets are no names.
  if (name[0] == '+' || name[0] == '-') return Fail(Code::kInvalidArgument, "unknown time zone");
  NARFI_ASSIGN(TimeZone zone, TimeZone::Load(name));
  return zones_.emplace(name, std::make_unique<const TimeZone>(std::move(zone)))
      .first->second.get();
}

const TimeZone* Runtime::FixedZone(const std::string& name, int64_t offset) {
  if (offset == 0 && name == "UTC") return nullptr;
  const std::string key = fmt::format("={}{:+}", name, offset);
  const auto found = zones_.find(key);
  if (found != zones_.end()) return found->second.get();
  return zones_.emplace(key, std::make_unique<const TimeZone>(TimeZone::Fixed(name, offset)))
      .first->second.get();
}

Result<const Runtime::Regex*> Runtime::FindRegex(std::string_view pattern) {
  const auto found = regexes_.find(pattern);
  if (found != regexes_.end()) return &found->second;
  if (regexes_.size() > kMaxCached) regexes_.clear();
  Regex made;
  NARFI_ASSIGN(made.regex,
               CompileRegex(pattern, {.dot_matches_newline = false, .names = &made.names}));
  return &regexes_.emplace(std::string(pattern), std::move(made)).first->second;
}

}  // namespace narfi::line::tmpl
