// Formats: text between conversions, and what is wrong with a conversion.
#include <algorithm>

#include "base/unicode.h"
#include "line/template/print.h"
#include "line/template/printf_spec.h"

namespace narfi::line::tmpl {
namespace {

constexpr int kMaxNumber = 1'000'000;  // of a width or precision, as Go has it

class Formatter {
 public:
  Formatter(std::string& out, std::string_view format, Args args, size_t limit)
      : out_(out), format_(format), args_(args), value_(out, limit) {}

  void Run() {
    while (at_ < format_.size() && !value_.full()) {
      const size_t percent = std::min(format_.find('%', at_), format_.size());
      out_ += format_.substr(at_, percent - at_);
      at_ = percent + 1;
      if (percent < format_.size()) Conversion();
    }
    if (!reordered_ && next_ < args_.size() && !value_.full()) Extra();
  }

 private:
  bool More() const { return at_ < format_.size(); }
  char Here() const { return format_[at_]; }

  void Conversion() {
    value_.spec = {};
    good_number_ = true;
    Flags();
    bool after_index = ArgNumber();
    after_index = Width(after_index);
    after_index = Precision(after_index);
    if (!after_index) ArgNumber();
    if (!More()) {
      out_ += "%!(NOVERB)";
      return;
    }
    const Rune rune = DecodeRune(format_.substr(at_));
    at_ += rune.bytes;
    Verb(rune.value);
  }

  void Verb(uint32_t verb) {
    if (verb == '%') {
      out_ += '%';
    } else if (!good_number_) {
      Complain(verb, "(BADINDEX)");
    } else if (next_ >= args_.size()) {
      Complain(verb, "(MISSING)");
    } else {
      FormatSpec& spec = value_.spec;
      if (verb == 'v') {
        spec.sharp_v = std::exchange(spec.sharp, false);
        spec.plus_v = std::exchange(spec.plus, false);
      }
      value_.Write(args_[next_++], verb);
    }
  }

  void Complain(uint32_t verb, std::string_view what) {
    out_ += "%!";
    AppendRune(out_, verb);
    out_ += what;
  }

  void Flags() {
    for (; More(); ++at_) {
      switch (Here()) {
        case '#':
          value_.spec.sharp = true;
          break;
        case '0':
          value_.spec.zero = true;
          break;
        case '+':
          value_.spec.plus = true;
          break;
        case '-':
          value_.spec.minus = true;
          break;
        case ' ':
          value_.spec.space = true;
          break;
        default:
          return;
      }
    }
  }

  // Digits at `at`; nothing when there are none, and past the end when they are too many.
  bool TakeNumber(size_t& at, size_t end, int& number) {
    number = 0;
    const size_t begin = at;
    for (; at < end && format_[at] >= '0' && format_[at] <= '9'; ++at) {
      number = number * 10 + (format_[at] - '0');
      if (number > kMaxNumber) {
        at = end;
        number = 0;
        return false;
      }
    }
    return at > begin;
  }

  // "[3]": which argument comes next.
  bool ArgNumber() {
    if (!More() || Here() != '[') return false;
    reordered_ = true;
    const size_t close = format_.find(']', at_ + 1);
    if (close == std::string_view::npos) {
      good_number_ = false;
      ++at_;
      return false;
    }
    size_t end = at_ + 1;
    int number = 0;
    const bool is_number = TakeNumber(end, close, number) && end == close;
    at_ = close + 1;
    if (is_number && number >= 1 && static_cast<size_t>(number) <= args_.size()) {
      next_ = static_cast<size_t>(number) - 1;
      return true;
    }
    good_number_ = false;
    return is_number;
  }

  // An int among the arguments, for "*".
  bool TakeStar(int& number) {
    if (next_ >= args_.size()) return false;
    const Value& value = args_[next_++];
    const bool is_int = value.type == Type::kInt || value.type == Type::kInt64 ||
                        value.type == Type::kUint8 || value.is_integer();
    if (!is_int || value.integer > kMaxNumber || value.integer < -kMaxNumber) return false;
    number = static_cast<int>(value.integer);
    return true;
  }

  bool Width(bool after_index) {
    FormatSpec& spec = value_.spec;
    if (More() && Here() == '*') {
      ++at_;
      spec.has_width = TakeStar(spec.width);
      if (!spec.has_width) out_ += "%!(BADWIDTH)";
      if (spec.width < 0) {
        spec.width = -spec.width;
        spec.minus = true;
        spec.zero = false;
      }
      return false;
    }
    spec.has_width = TakeNumber(at_, format_.size(), spec.width);
    if (after_index && spec.has_width) good_number_ = false;  // "%[3]2d"
    return after_index;
  }

  bool Precision(bool after_index) {
    if (!More() || Here() != '.') return after_index;
    FormatSpec& spec = value_.spec;
    ++at_;
    if (after_index) good_number_ = false;  // "%[3].2d"
    after_index = ArgNumber();
    if (More() && Here() == '*') {
      ++at_;
      spec.has_precision = TakeStar(spec.precision);
      if (spec.precision < 0) {
        spec.precision = 0;
        spec.has_precision = false;
      }
      if (!spec.has_precision) out_ += "%!(BADPREC)";
      return false;
    }
    if (!TakeNumber(at_, format_.size(), spec.precision)) spec.precision = 0;
    spec.has_precision = true;
    return after_index;
  }

  void Extra() {
    value_.spec = {};
    out_ += "%!(EXTRA ";
    for (size_t i = next_; i < args_.size(); ++i) {
      if (i > next_) out_ += ", ";
      if (args_[i].valid()) out_.append(TypeName(args_[i].type)).append(1, '=');
      value_.Write(args_[i], 'v');
    }
    out_ += ')';
  }

  std::string& out_;
  const std::string_view format_;
  const Args args_;
  ValueFormatter value_;
  size_t at_ = 0;
  size_t next_ = 0;  // argument
  bool reordered_ = false;
  bool good_number_ = true;
};

}  // namespace

void AppendFormatted(std::string& dst, std::string_view format, Args args, size_t limit) {
  Formatter(dst, format, args, limit).Run();
}

}  // namespace narfi::line::tmpl
