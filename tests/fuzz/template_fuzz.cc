// Templates: the text up to a newline is the line, the rest the template. Whatever it says, it ends
// soon, with an output or a sentence, and the same the second time.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "line/template/template.h"

namespace {

using narfi::line::Field;

class Labels final : public narfi::line::tmpl::LabelSource {
 public:
  explicit Labels(std::string_view line) : line_(line) {}
  std::optional<std::string_view> Get(std::string_view name) const override {
    if (name == "level") return "error";
    if (name == "n") return "404.5";
    if (name == "json") return R"({"a":[1,2.5,null,"x",{"k":true}],"n":null,"é":"\u00e9"})";
    if (name == "line") return line_;
    return std::nullopt;
  }
  void CopyAll(std::vector<Field>& out) const override {
    out.clear();
    for (const std::string_view name : {"json", "level", "line", "n"})
      out.push_back({name, *Get(name)});
  }

 private:
  const std::string_view line_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using narfi::line::tmpl::Runtime;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  const auto form = narfi::line::tmpl::Template::Parse(
      "line", end < text.size() ? text.substr(end + 1) : std::string_view());
  if (!form) {
    if (form.error().text.find("template: line:") != 0) std::abort();
    return 0;
  }
  static Runtime runtime;
  const Labels labels(line);
  std::string first;
  const auto status = form->Execute({&labels, line, 1'795'132'800'123'456'789, 1}, runtime, first);
  if (!status && status.error().text.find("template: line:") != 0) std::abort();
  if (status && first.size() > Runtime::kMaxTextBytes) std::abort();
  std::string second;
  const auto again = form->Execute({&labels, line, 1'795'132'800'123'456'789, 1}, runtime, second);
  if (status.has_value() != again.has_value() || first != second) std::abort();
  return 0;
}
