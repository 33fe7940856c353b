#include "ingest/otlp_mapping.h"

#include <re2/re2.h>

#include <algorithm>

#include "base/check.h"
#include "line/go_regex.h"

namespace narfi::ingest {

using config::OtlpAction;
using config::OtlpRule;

Status OtlpMapping::Append(const std::vector<OtlpRule>& given, Rules& out) {
  for (const OtlpRule& rule : given) {
    Rule made{rule.action, rule.attributes, nullptr};
    std::sort(made.names.begin(), made.names.end());
    if (!rule.regex.empty()) {
      auto regex = line::CompileRegex(rule.regex);
      if (!regex) return Wrap("otlp_config: regex " + rule.regex, std::move(regex).error());
      made.regex = std::move(*regex);
    }
    out.push_back(std::move(made));
  }
  return {};
}

Result<OtlpMapping> OtlpMapping::Make(const config::OtlpConfig& config) {
  OtlpMapping mapping;
  if (!config.ignore_defaults)
    NARFI_TRY(Append({{OtlpAction::kIndexLabel, config.default_labels, ""}}, mapping.resource_));
  NARFI_TRY(Append(config.resource_attributes, mapping.resource_));
  NARFI_TRY(Append(config.scope_attributes, mapping.scope_));
  NARFI_TRY(Append(config.log_attributes, mapping.record_));
  mapping.severity_text_as_label_ = config.severity_text_as_label;
  return mapping;
}

const OtlpMapping& OtlpMapping::Default() {
  static const OtlpMapping mapping = [] {
    auto made = Make({});
    NARFI_CHECK(made.has_value());
    return std::move(*made);
  }();
  return mapping;
}

OtlpAction OtlpMapping::Find(const Rules& rules, std::string_view name) {
  for (const Rule& rule : rules) {
    const bool is_named =
        rule.regex == nullptr
            ? std::binary_search(rule.names.begin(), rule.names.end(), name, std::less<>())
            : re2::RE2::FullMatch({name.data(), name.size()}, *rule.regex);
    if (is_named) return rule.action;
  }
  return OtlpAction::kStructuredMetadata;
}

Result<TenantOtlp> TenantOtlp::Make(const config::TenantLimits& limits) {
  TenantOtlp out;
  NARFI_ASSIGN(out.defaults_, OtlpMapping::Make(limits.defaults().otlp_config));
  for (const auto& [tenant, own] : limits.overrides()) {
    auto mapping = OtlpMapping::Make(own.otlp_config);
    if (!mapping) return Wrap("tenant " + tenant, std::move(mapping).error());
    out.overrides_.emplace(tenant, std::move(*mapping));
  }
  return out;
}

const OtlpMapping& TenantOtlp::For(std::string_view tenant) const {
  const auto own = overrides_.find(tenant);
  return own == overrides_.end() ? defaults_ : own->second;
}

}  // namespace narfi::ingest
