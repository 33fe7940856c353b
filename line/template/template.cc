#include "line/template/template.h"

#include <algorithm>

#include "line/template/executor.h"
#include "line/template/parser.h"

namespace narfi::line::tmpl {
namespace {

// Collects what a tree reads. Inside with, range and other templates `.` may be anything: the pipe
// that it came from has been looked at, and its fields are taken for labels to be sure.
class ReadsCollector {
 public:
  explicit ReadsCollector(Template::Reads& reads) : reads_(reads) {}

  void Look(const Node& node, bool dot_is_row) {
    switch (node.kind) {
      case NodeKind::kDot:
        reads_.all_labels |= dot_is_row;
        break;
      case NodeKind::kVariable:
        if (node.names[0] != "$") break;
        if (node.names.size() > 1) {
          Add(node.names[1]);
        } else {
          reads_.all_labels = true;
        }
        break;
      case NodeKind::kField:
        Add(node.names[0]);
        break;
      case NodeKind::kIdentifier:
        reads_.line |= node.text == "__line__";
        break;
      default:
        break;
    }
    const bool scoped = node.kind == NodeKind::kRange || node.kind == NodeKind::kWith;
    if (node.pipe) Look(*node.pipe, dot_is_row);
    for (const NodePtr& child : node.children) Look(*child, dot_is_row);
    if (node.body) Look(*node.body, dot_is_row && !scoped);
    if (node.otherwise) Look(*node.otherwise, dot_is_row);
  }

 private:
  void Add(const std::string& name) {
    auto& labels = reads_.labels;
    if (std::find(labels.begin(), labels.end(), name) == labels.end()) labels.push_back(name);
  }

  Template::Reads& reads_;
};

}  // namespace

Template::Template() = default;
Template::~Template() = default;
Template::Template(Template&&) noexcept = default;
Template& Template::operator=(Template&&) noexcept = default;

Result<Template> Template::Parse(std::string_view name, std::string_view text) {
  Template out;
  out.name_ = name;
  out.text_ = text;
  NARFI_ASSIGN(Trees trees, ParseTrees(name, text));
  out.trees_ = std::make_unique<Trees>(std::move(trees));
  ReadsCollector collector(out.reads_);
  collector.Look(*out.trees_->root, true);
  for (const auto& [defined, list] : out.trees_->defined) collector.Look(*list, false);
  return out;
}

Status Template::Execute(const Input& input, Runtime& runtime, std::string& out) const {
  runtime.Start(input);
  return Executor(name_, text_, *trees_, runtime, out).Run();
}

}  // namespace narfi::line::tmpl
