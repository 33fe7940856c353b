// Addresses in text: what LogQL's ip("...") asks of lines and labels.
//
// A pattern is one address, a range a-b or a prefix a/bits, of IPv4 or IPv6; each is a stretch from
// a first to a last address of its family. In text, an address is a whole run of the characters
// that it may be made of: 1.2.3.4 is found in "1.2.3.4:80" and in "src=1.2.3.4,", not in
// "1.2.3.4.5" nor "01.2.3.4".
//
// Threads: immutable after parsing.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace narfi::line {

struct IpAddress {
  bool is_v6 = false;
  uint64_t high = 0;  // of IPv6
  uint64_t low = 0;
  auto operator<=>(const IpAddress&) const = default;
};

class IpMatcher {
 public:
  // The error is Loki's: `ip: invalid pattern: "x"`.
  static Result<IpMatcher> Parse(std::string_view pattern);

  bool Contains(const IpAddress& address) const { return first_ <= address && address <= last_; }
  // True when an address that is part of `text` is one of them.
  bool IsIn(std::string_view text) const;

 private:
  IpMatcher(const IpAddress& first, const IpAddress& last) : first_(first), last_(last) {}

  IpAddress first_;
  IpAddress last_;
};

// The whole text as an address; false when it is none. Numbers with leading zeros are none.
bool ParseIpAddress(std::string_view text, IpAddress& out);

}  // namespace narfi::line
