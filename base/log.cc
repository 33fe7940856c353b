#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

#include "base/clock.h"
#include "base/go_text.h"
#include "base/json_write.h"
#include "base/time.h"

namespace narfi {
namespace {

constexpr std::string_view kNames[] = {"debug", "info", "warn", "error"};

struct State {
  std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("narfi",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  std::atomic<LogLevel> level = LogLevel::kInfo;
  std::atomic<bool> json = false;
};

State& TheLog() {
  static State state;
  return state;
}

bool NeedsQuotes(std::string_view text) {
  if (text.empty()) return true;
  for (const char c : text) {
    if (c <= ' ' || c == '"' || c == '=' || c == '\\' || c == 0x7F) return true;
  }
  return false;
}

void AppendField(std::string& line, std::string_view name, std::string_view value, bool json) {
  if (json) {
    line += line.empty() ? '{' : ',';
    AppendJsonString(line, name);
    line += ':';
    AppendJsonString(line, value);
    return;
  }
  if (!line.empty()) line += ' ';
  line += name;
  line += '=';
  if (NeedsQuotes(value)) {
    AppendGoQuoted(line, value);
  } else {
    line += value;
  }
}

}  // namespace

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  State& state = TheLog();
  if (level < state.level.load(std::memory_order_relaxed)) return;
  const bool json = state.json.load(std::memory_order_relaxed);
  std::string line;
  AppendField(line, "ts", FormatRfc3339(SystemClock().NowNs()), json);
  AppendField(line, "level", kNames[static_cast<size_t>(level)], json);
  AppendField(line, "msg", message, json);
  for (const LogField& field : fields) AppendField(line, field.name, field.value, json);
  if (json) line += '}';
  state.logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

bool SetLogLevel(std::string_view level) {
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] != level) continue;
    TheLog().level = static_cast<LogLevel>(i);
    return true;
  }
  return false;
}

bool ConfigureLog(std::string_view level, std::string_view format) {
  if ((format != "logfmt" && format != "json") || !SetLogLevel(level)) return false;
  TheLog().json = format == "json";
  return true;
}

std::string_view LogLevelName() { return kNames[static_cast<size_t>(TheLog().level.load())]; }

}  // namespace narfi
