// Our own log: logfmt (or JSON) lines on stderr.
//
//   Log(LogLevel::kInfo, "segment written", {{"tenant", tenant}, {"bytes", bytes}});
//
// Threads: safe. Never call it for each line or entry that passes through.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>

namespace narfi {

enum class LogLevel : uint8_t { kDebug, kInfo, kWarn, kError };

struct LogField {
  LogField(std::string_view name_in, std::string_view text) : name(name_in), value(text) {}
  LogField(std::string_view name_in, const char* text) : name(name_in), value(text) {}
  LogField(std::string_view name_in, const std::string& text) : name(name_in), value(text) {}
  template <class T, class = std::enable_if_t<std::is_arithmetic_v<T>>>
  LogField(std::string_view name_in, T number) : name(name_in), value(std::to_string(number)) {}
  std::string_view name;
  std::string value;
};

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

// `level`: debug, info, warn or error; `format`: logfmt or json. False for anything else.
bool ConfigureLog(std::string_view level, std::string_view format);
// Of messages from now on; false for no level.
bool SetLogLevel(std::string_view level);
std::string_view LogLevelName();

}  // namespace narfi
