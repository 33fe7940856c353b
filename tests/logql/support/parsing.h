// What the tests of the parser share: the error text of a query, and its canonical form.
#pragma once

#include <string>
#include <string_view>

namespace narfi::logql {

// The error text of a query, or "no error: " and its canonical form.
std::string ErrorOf(std::string_view query);
// The canonical form of a query, or its error.
std::string Canonical(std::string_view query);

}  // namespace narfi::logql
