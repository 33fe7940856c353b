#include "ingest/otlp_text.h"

namespace narfi::ingest {
namespace {

tl::unexpected<Error> BadText(std::string_view why) {
  return Fail(Code::kInvalidArgument, "otlp: " + std::string(why));
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

int Base64Digit(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '+' || c == '-') return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

}  // namespace

Result<std::string> OtlpFromHex(std::string_view text) {
  std::string out;
  if (text.size() % 2 != 0) return BadText("an id is no hexadecimal number");
  for (size_t i = 0; i < text.size(); i += 2) {
    const int high = HexDigit(text[i]);
    const int low = HexDigit(text[i + 1]);
    if (high < 0 || low < 0) return BadText("an id is no hexadecimal number");
    out += static_cast<char>(high << 4 | low);
  }
  return out;
}

Result<std::string> OtlpFromBase64(std::string_view text) {
  std::string out;
  while (text.ends_with('=')) text.remove_suffix(1);
  uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const int digit = Base64Digit(c);
    if (digit < 0) return BadText("bytesValue is no base64");
    bits = bits << 6 | static_cast<uint32_t>(digit);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    out += static_cast<char>(bits >> count & 0xFF);
  }
  return out;
}

Result<uint64_t> OtlpSeverity(std::string_view text) {
  constexpr std::string_view kFront = "SEVERITY_NUMBER_";
  constexpr std::string_view kNames[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  if (!text.starts_with(kFront)) return BadText("severityNumber is unknown");
  text.remove_prefix(kFront.size());
  if (text == "UNSPECIFIED") return 0;
  for (uint64_t i = 0; i < std::size(kNames); ++i) {
    if (!text.starts_with(kNames[i])) continue;
    const std::string_view rest = text.substr(kNames[i].size());
    if (rest.empty()) return 4 * i + 1;
    if (rest.size() == 1 && rest[0] >= '2' && rest[0] <= '4')
      return 4 * i + static_cast<uint64_t>(rest[0] - '0');
  }
  return BadText("severityNumber is unknown");
}

}  // namespace narfi::ingest
