// What a pipeline needs: which labels its stages ask for, and which bytes of an entry.
#pragma once

#include <string>
#include <vector>

#include "query/logql/ast.h"

namespace narfi::query {

// What one stage reads.
struct StageNeeds {
  bool line = false;
  bool labels = false;  // any label, metadata included
  bool is_parser = false;
  std::vector<std::string> names = {};  // labels asked by name
  bool all_labels = false;              // asked for whatever there is
};

StageNeeds NeedsOf(const logql::Stage& stage);

// The labels that a filter tests.
void AppendFilterLabels(const logql::LabelFilter& filter, std::vector<std::string>& names);

}  // namespace narfi::query
