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
// go-humanize's short form without its space ("1.5kB"), or plain bytes where that is not exact.
std::string PrintBytes(uint64_t bytes);

}  // namespace narfi::logql
