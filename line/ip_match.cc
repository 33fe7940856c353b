#include "line/ip_match.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>

#include "base/go_text.h"

namespace narfi::line {
namespace {

constexpr size_t kLongestAddress = 45;  // eight groups, the last two in dotted form

bool IsV4Byte(char c) { return (c >= '0' && c <= '9') || c == '.'; }

bool IsV6Byte(char c) {
  return IsV4Byte(c) || c == ':' || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// A decimal of one to three digits without leading zeros, at most `most`; -1 when it is none.
int ParseSmall(std::string_view text, int most) {
  if (text.empty() || text.size() > 3 || (text.size() > 1 && text[0] == '0')) return -1;
  int value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value <= most ? value : -1;
}

bool ParseV4(std::string_view text, IpAddress& out) {
  out = {};
  for (int i = 0; i < 4; ++i) {
    const size_t end = i == 3 ? text.size() : text.find('.');
    if (end == std::string_view::npos) return false;
    const int part = ParseSmall(text.substr(0, end), 255);
    if (part < 0) return false;
    out.low = out.low << 8 | static_cast<uint64_t>(part);
    text.remove_prefix(i == 3 ? end : end + 1);
  }
  return true;
}

uint64_t BigEndian(const unsigned char* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | bytes[i];
  return value;
}

bool ParseV6(std::string_view text, IpAddress& out) {
  if (text.size() > kLongestAddress) return false;
  char copy[kLongestAddress + 1];
  std::memcpy(copy, text.data(), text.size());
  copy[text.size()] = '\0';
  unsigned char bytes[16];
  // A zero byte would end the copy early.
  if (std::strlen(copy) != text.size() || inet_pton(AF_INET6, copy, bytes) != 1) return false;
  out = {true, BigEndian(bytes), BigEndian(bytes + 8)};
  return true;
}

// The bits of an address that lie behind its first `bits`.
IpAddress HostMask(bool is_v6, int bits) {
  const auto ones = [](int count) { return count >= 64 ? ~0ULL : (1ULL << count) - 1; };
  const int rest = (is_v6 ? 128 : 32) - bits;
  return {is_v6, ones(std::max(rest - 64, 0)), ones(rest)};
}

struct Stretch {
  IpAddress first;
  IpAddress last;
};

std::optional<Stretch> ParsePrefix(std::string_view address, std::string_view bits) {
  IpAddress ip;
  if (!ParseIpAddress(address, ip)) return std::nullopt;
  const int count = ParseSmall(bits, ip.is_v6 ? 128 : 32);
  if (count < 0) return std::nullopt;
  const IpAddress host = HostMask(ip.is_v6, count);
  return Stretch{{ip.is_v6, ip.high & ~host.high, ip.low & ~host.low},
                 {ip.is_v6, ip.high | host.high, ip.low | host.low}};
}

std::optional<Stretch> ParseStretch(std::string_view pattern) {
  IpAddress first;
  IpAddress last;
  if (const size_t dash = pattern.find('-'); dash != std::string_view::npos) {
    const bool valid = ParseIpAddress(pattern.substr(0, dash), first) &&
                       ParseIpAddress(pattern.substr(dash + 1), last) &&
                       first.is_v6 == last.is_v6 && first <= last;
    return valid ? std::optional<Stretch>({first, last}) : std::nullopt;
  }
  if (const size_t slash = pattern.find('/'); slash != std::string_view::npos)
    return ParsePrefix(pattern.substr(0, slash), pattern.substr(slash + 1));
  if (!ParseIpAddress(pattern, first)) return std::nullopt;
  return Stretch{first, first};
}

// The end of the run of such bytes that begins at `at`.
template <class IsPart>
size_t RunEnd(std::string_view text, size_t at, IsPart is_part) {
  while (at < text.size() && is_part(text[at])) ++at;
  return at;
}

// A colon that introduces an address is not part of it: "from:2001:db8::1".
std::string_view WithoutLead(std::string_view run) {
  if (run.starts_with(':') && !run.starts_with("::")) run.remove_prefix(1);
  return run;
}

}  // namespace

bool ParseIpAddress(std::string_view text, IpAddress& out) {
  return text.find(':') == std::string_view::npos ? ParseV4(text, out) : ParseV6(text, out);
}

Result<IpMatcher> IpMatcher::Parse(std::string_view pattern) {
  const auto stretch = ParseStretch(pattern);
  if (!stretch) return Fail(Code::kInvalidArgument, "ip: invalid pattern: " + GoQuote(pattern));
  return IpMatcher(stretch->first, stretch->last);
}

bool IpMatcher::IsIn(std::string_view text) const {
  for (size_t at = 0; at < text.size();) {
    if (!IsV6Byte(text[at])) {
      ++at;
      continue;
    }
    const size_t end = RunEnd(text, at, IsV6Byte);
    const std::string_view run = text.substr(at, end - at);
    at = end;
    IpAddress address;
    const bool has_colon = run.find(':') != std::string_view::npos;
    if (has_colon && ParseV6(WithoutLead(run), address)) {
      if (Contains(address)) return true;
      continue;
    }
    if (first_.is_v6) continue;
    for (size_t part = 0; part < run.size();) {
      const size_t part_end = RunEnd(run, part, IsV4Byte);
      if (ParseV4(run.substr(part, part_end - part), address) && Contains(address)) return true;
      part = std::max(part_end, part + 1);
    }
  }
  return false;
}

}  // namespace narfi::line
