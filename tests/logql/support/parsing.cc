#include "tests/logql/support/parsing.h"

#include "query/logql/parser.h"
#include "query/logql/printer.h"

namespace narfi::logql {

std::string ErrorOf(std::string_view query) {
  const auto parsed = Parse(query);
  return parsed ? "no error: " + Print(*parsed) : parsed.error().text;
}

std::string Canonical(std::string_view query) {
  const auto parsed = Parse(query);
  return parsed ? Print(*parsed) : parsed.error().text;
}

}  // namespace narfi::logql
