#include "tests/line/support/template_runner.h"

#include <map>

#include "line/template/template.h"

namespace narfi::line_test {
namespace {

class FixedLabels final : public line::tmpl::LabelSource {
 public:
  std::optional<std::string_view> Get(std::string_view name) const override {
    const auto found = labels_.find(name);
    if (found == labels_.end()) return std::nullopt;
    return found->second;
  }
  void CopyAll(std::vector<line::Field>& out) const override {
    out.clear();
    for (const auto& [name, value] : labels_) out.push_back({name, value});
  }

 private:
  const std::map<std::string_view, std::string_view> labels_ = {
      {"level", "error"},
      {"msg", "card declined"},
      {"status", "404"},
      {"ratio", "1.317"},
      {"empty", ""},
      {"js", R"({"a":{"b":[1,2.5,null,"x",true,{"k":"v"}]},"z":1000000,"e":{},"n":null})"},
      {"uni", "héllo wörld ☃"}};
};

}  // namespace

std::string RunTemplate(std::string_view text) {
  const auto form = line::tmpl::Template::Parse("line", text);
  if (!form) return form.error().text;
  static const FixedLabels labels;
  line::tmpl::Runtime runtime;
  std::string out;
  const auto status = form->Execute(
      {&labels, "the line é", 1'795'140'446'915'256'097, 1'795'132'800'000'000'000}, runtime, out);
  return status ? out : status.error().text;
}

}  // namespace narfi::line_test
