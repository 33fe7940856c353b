// Numbers, sizes and times as the canonical text has them: Go's ways of writing them, but never so
// short that reading them again would give another value.
#pragma once

#include <cstdint>
#include <string>

namespace narfi::logql {

// Go's %v: shortest, exponent below 1e-4 and from 1e21.
std::string PrintGeneral(double value);
// Go's %f (six places), or more where they are needed.
std::string PrintSixPlaces(double value);
// The size that comes back when `bytes` is printed and read again: one decimal place below ten
// units and none above, in powers of 1000. Loki hands queries on as text, so that 1MiB is compared
// as 1.0MB.
uint64_t RoundAsPrinted(uint64_t bytes);
// go-humanize's short form without its space, of a size that RoundAsPrinted gave: "1.5kB". Zero has
// a unit ("0kB"), since 0B would be read as the beginning of a binary number.
std::string PrintBytes(uint64_t bytes);

}  // namespace narfi::logql
