// Where a template finds the labels of the row that it is executed on.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "line/field.h"

namespace narfi::line::tmpl {

class LabelSource {
 public:
  virtual ~LabelSource() = default;
  virtual std::optional<std::string_view> Get(std::string_view name) const = 0;
  // Replaces `out` by all labels, by name.
  virtual void CopyAll(std::vector<Field>& out) const = 0;
};

}  // namespace narfi::line::tmpl
