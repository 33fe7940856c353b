// What becomes of an OpenTelemetry attribute: a label, structured metadata, nothing.
//
// An OtlpMapping is a tenant's otlp_config, ready to be asked for each attribute. Names are as sent
// ("k8s.pod.name"). The write-ahead log keeps bodies as received: a push that is replayed goes by
// the mapping of that start.
//
// Threads: immutable.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/limits.h"

namespace re2 {
class RE2;
}

namespace narfi::ingest {

class OtlpMapping {
 public:
  // kInvalidArgument when a regex is none.
  static Result<OtlpMapping> Make(const config::OtlpConfig& config);
  // The one of a tenant without settings.
  static const OtlpMapping& Default();

  config::OtlpAction OfResource(std::string_view name) const { return Find(resource_, name); }
  config::OtlpAction OfScope(std::string_view name) const { return Find(scope_, name); }
  config::OtlpAction OfRecord(std::string_view name) const { return Find(record_, name); }
  bool severity_text_as_label() const { return severity_text_as_label_; }

 private:
  struct Rule {
    config::OtlpAction action;
    std::vector<std::string> names;         // sorted
    std::shared_ptr<const re2::RE2> regex;  // null: by names
  };
  using Rules = std::vector<Rule>;

  static Status Append(const std::vector<config::OtlpRule>& given, Rules& out);
  static config::OtlpAction Find(const Rules& rules, std::string_view name);

  Rules resource_;
  Rules scope_;
  Rules record_;
  bool severity_text_as_label_ = false;
};

// The mappings of every tenant.
class TenantOtlp {
 public:
  TenantOtlp() = default;
  static Result<TenantOtlp> Make(const config::TenantLimits& limits);
  const OtlpMapping& For(std::string_view tenant) const;

 private:
  OtlpMapping defaults_;
  std::map<std::string, OtlpMapping, std::less<>> overrides_;
};

}  // namespace narfi::ingest
