// A template of line_format or label_format: Go's text/template with the functions of Loki.
//
// Parsing and executing give Go's own error texts. A missing label is "".
// Ownership: a Template owns its text and trees.
// Threads:   a Template is immutable; a Runtime (runtime.h) belongs to one thread.
// Limits:    those of Runtime, and 200 levels of nesting.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "line/template/runtime.h"

namespace narfi::line::tmpl {

struct Trees;

class Template {
 public:
  // `name` is how errors call it: "line" or "label".
  static Result<Template> Parse(std::string_view name, std::string_view text);
  ~Template();
  Template(Template&&) noexcept;
  Template& operator=(Template&&) noexcept;

  // What it reads of a row: labels by name, all labels (`.` by itself), the line.
  struct Reads {
    std::vector<std::string> labels;
    bool all_labels = false;
    bool line = false;
  };
  const Reads& reads() const { return reads_; }

  // Appends the output for a row to `out`; after an error `out` is of no use.
  Status Execute(const Input& input, Runtime& runtime, std::string& out) const;

 private:
  Template();

  std::string name_;
  std::string text_;
  std::unique_ptr<Trees> trees_;
  Reads reads_;
};

}  // namespace narfi::line::tmpl
