// Rows of live tails as a storage::Source, so that a tail's pipeline is run by the query engine as
// any other query's.
//
// Ownership: the source and its snapshots keep the chunks of the rows.
// Threads:   immutable.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "server/tail_queue.h"
#include "storage/source.h"

namespace narfi::server {

class TailSource final : public storage::Source {
 public:
  // All streams of `rows` are in every snapshot, whatever it selects.
  explicit TailSource(std::vector<TailRow> rows);

  Result<storage::Snapshot> TakeSnapshot(const storage::Selector& selector) override;
  Result<std::vector<Labels>> Series(const storage::Selector& selector) override;
  std::vector<std::string> Tenants() override { return {}; }

 private:
  std::vector<std::shared_ptr<const storage::RowGroupReader>> groups_;  // one a stream
};

}  // namespace narfi::server
