// Which runs a needle of the plan rules out, from filters, columns and metadata alone.
//
// Threads: one; each worker has its own.
// Limits:  kMaxHits answers of row groups with columns are kept for their other runs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "query/exec/monitor.h"
#include "query/plan/needles.h"
#include "storage/source.h"

namespace narfi::query {

class RunSkip {
 public:
  static constexpr size_t kMaxHits = 128;

  explicit RunSkip(QueryMonitor& monitor) : monitor_(monitor) {}

  // True when no entry of the run can pass what the needle stands for. May read the run's metadata,
  // never its lines.
  Result<bool> IsRuledOut(const storage::RunRef& run, const Needle& needle);

 private:
  Result<bool> MayContain(const storage::RunRef& run, const std::string& text);
  Result<bool> HasMetadata(const storage::RunRef& run, std::string_view name);

  QueryMonitor& monitor_;
  std::map<std::pair<const storage::RowGroupReader*, std::string>,
           std::shared_ptr<const storage::TextHits>>
      hits_;
};

}  // namespace narfi::query
