// What a call of narfi asks for: the flags of logcli, read and checked.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/duration.h"

namespace narfi::cli {

// The exit status that scripts may trust.
constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;       // the query or the server failed
constexpr int kExitUsage = 2;        // the command line is wrong
constexpr int kExitUnreachable = 3;  // no answer from the server
constexpr int kExitInterrupted = 130;

enum class Command : uint8_t {
  kQuery,
  kInstantQuery,
  kExplain,
  kLabels,
  kSeries,
  kVersion,
  kCompletion,
  kSegment
};
enum class OutputMode : uint8_t { kDefault, kRaw, kJsonl };

// Of times in the default output; names and layouts are Go's.
enum class TimeFormat : uint8_t {
  kRfc3339,
  kRfc3339Nano,
  kRfc822Z,
  kRfc1123Z,
  kStampMilli,
  kStampMicro,
  kStampNano,
  kUnixDate
};

struct Connection {
  std::string addr = "http://localhost:3100";
  std::string username;
  std::string password;
  std::string org_id;
  std::string bearer_token;
  std::string bearer_token_file;
  std::string ca_cert;
  std::string cert;
  std::string key;
  bool tls_skip_verify = false;
  std::string auth_header = "Authorization";
  std::string proxy_url;
  std::string query_tags;
  bool compress = false;
  bool no_cache = false;
  int retries = 0;
  int64_t min_backoff_ns = 0;
  int64_t max_backoff_ns = 0;
};

struct Printing {
  bool quiet = false;
  bool stats = false;
  OutputMode output = OutputMode::kDefault;
  bool utc = false;
  TimeFormat time_format = TimeFormat::kRfc3339;
  bool common_labels = false;  // with each line too
  bool no_labels = false;
  std::vector<std::string> include_labels;
  std::vector<std::string> exclude_labels;
  size_t labels_length = 0;
  bool colored = false;  // also when the output is no terminal
};

enum class SegmentAction : uint8_t { kInspect, kVerify, kDump };

struct SegmentOptions {
  SegmentAction action = SegmentAction::kInspect;
  std::vector<std::string> files;
  bool columns = false;  // of inspect
  std::string stream;    // of dump: a selector; empty: all
};

struct Options {
  Command command = Command::kQuery;
  Connection connection;
  Printing printing;

  std::string query;  // LogQL of query and instant-query, the matcher of series
  std::string label;  // of labels; empty: the names
  int64_t since_ns = kHour;
  std::optional<int64_t> from_ns;
  std::optional<int64_t> to_ns;
  std::optional<int64_t> now_ns;  // of instant-query
  std::optional<int64_t> step_ns;
  std::optional<int64_t> interval_ns;
  uint64_t limit = 30;  // 0: no limit
  uint64_t batch = 1000;
  bool forward = false;
  bool tail = false;
  int64_t delay_for_ns = 0;
  bool analyze_labels = false;
  bool from_stdin = false;
  std::vector<std::string> idle_flags;  // given, and without meaning here
  std::string shell;                    // of completion
  SegmentOptions segment;
};

}  // namespace narfi::cli
