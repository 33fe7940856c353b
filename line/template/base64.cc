// Base64 with padding, line ends left out, errors where Go's decoder sees them.
#include <fmt/format.h>

#include "line/template/escape.h"

namespace narfi::line::tmpl {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

tl::unexpected<Error> Illegal(size_t at) {
  return Fail(Code::kInvalidArgument, fmt::format("illegal base64 data at input byte {}", at));
}

class Decoder {
 public:
  explicit Decoder(std::string_view text) : text_(text) {}

  Result<std::string> Run() {
    std::string out;
    while (at_ < text_.size() && !ended_) NARFI_TRY(Quantum(out));
    return out;
  }

 private:
  void SkipLineEnds() {
    while (at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r')) ++at_;
  }

  // Four digits, or the last two or three with their padding.
  Status Quantum(std::string& out) {
    uint32_t bits = 0;
    size_t digits = 0;
    for (; digits < 4; ++digits) {
      SkipLineEnds();
      if (at_ == text_.size()) {
        if (digits == 0) return {};
        return Illegal(at_ - digits);
      }
      const char c = text_[at_++];
      const size_t value = kAlphabet.find(c);
      if (value != std::string_view::npos) {
        bits = bits << 6 | static_cast<uint32_t>(value);
        continue;
      }
      if (c != '=' || digits < 2) return Illegal(at_ - 1);
      NARFI_TRY(Padding(digits));
      break;
    }
    bits <<= 6 * (4 - digits);
    for (size_t i = 0; i + 1 < digits; ++i) out += static_cast<char>(bits >> (16 - 8 * i));
    return {};
  }

  Status Padding(size_t digits) {
    ended_ = true;
    SkipLineEnds();
    if (digits == 2) {
      if (at_ == text_.size()) return Illegal(text_.size());
      if (text_[at_] != '=') return Illegal(at_ - 1);
      ++at_;
      SkipLineEnds();
    }
    if (at_ < text_.size()) return Illegal(at_);
    return {};
  }

  const std::string_view text_;
  size_t at_ = 0;
  bool ended_ = false;
};

}  // namespace

std::string EncodeBase64(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    const size_t count = std::min<size_t>(3, text.size() - i);
    uint32_t bits = 0;
    for (size_t k = 0; k < 3; ++k)
      bits = bits << 8 | (k < count ? static_cast<uint8_t>(text[i + k]) : 0U);
    for (size_t k = 0; k < 4; ++k) out += k <= count ? kAlphabet[bits >> (18 - 6 * k) & 63] : '=';
  }
  return out;
}

Result<std::string> DecodeBase64(std::string_view text) { return Decoder(text).Run(); }

}  // namespace narfi::line::tmpl
