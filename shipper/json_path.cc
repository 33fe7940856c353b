#include <fmt/format.h>

#include <charconv>

#include "base/go_text.h"
#include "shipper/json_fields.h"

namespace narfi::shipper {
namespace {

class PathReader {
 public:
  explicit PathReader(std::string_view text) : text_(text) {}

  Result<JsonPath> Read() {
    JsonPath path;
    NARFI_TRY(TakeFirst(path));
    while (at_ < text_.size()) {
      if (text_[at_] == '[') {
        NARFI_TRY(TakeIndex(path));
      } else if (text_[at_] == '.') {
        ++at_;
        NARFI_TRY(TakeName(path));
      } else {
        return Bad();
      }
    }
    return path;
  }

 private:
  Status TakeFirst(JsonPath& path) {
    if (at_ < text_.size() && text_[at_] == '[') return TakeIndex(path);
    return TakeName(path);
  }

  Status TakeName(JsonPath& path) {
    if (at_ < text_.size() && text_[at_] == '"') return TakeQuoted(path);
    const size_t begin = at_;
    while (at_ < text_.size() && IsNameByte(text_[at_], at_ > begin)) ++at_;
    if (at_ == begin) return Bad();
    path.emplace_back(std::string(text_.substr(begin, at_ - begin)));
    return {};
  }

  Status TakeQuoted(JsonPath& path) {
    std::string name;
    for (++at_; at_ < text_.size() && text_[at_] != '"'; ++at_) {
      if (text_[at_] == '\\' && at_ + 1 < text_.size() &&
          (text_[at_ + 1] == '"' || text_[at_ + 1] == '\\'))
        ++at_;
      name += text_[at_];
    }
    if (at_ == text_.size()) return Bad();
    ++at_;
    path.emplace_back(std::move(name));
    return {};
  }

  Status TakeIndex(JsonPath& path) {
    const size_t close = text_.find(']', at_);
    if (close == std::string_view::npos) return Bad();
    int64_t index = 0;
    const char* end = text_.data() + close;
    const auto [stop, error] = std::from_chars(text_.data() + at_ + 1, end, index);
    if (error != std::errc{} || stop != end) return Bad();
    at_ = close + 1;
    path.emplace_back(index);
    return {};
  }

  static bool IsNameByte(char c, bool digits) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (digits && c >= '0' && c <= '9');
  }

  tl::unexpected<Error> Bad() const {
    return Fail(
        Code::kInvalidArgument,
        fmt::format(
            "expression {}: only names, \"quoted names\", dots and [indexes] are known, at {}",
            GoQuote(text_), at_ < text_.size() ? GoQuote(text_.substr(at_)) : "its end"));
  }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

Result<JsonPath> ParseJsonPath(std::string_view text) { return PathReader(text).Read(); }

}  // namespace narfi::shipper
