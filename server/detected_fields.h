// Gathers the fields of many entries: which there are, of what type, how many values, from where.
//
// Threads: one at a time.
// Limits:  max_fields fields; of each a bounded memory. Fields beyond that are left out.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "line/value_type.h"
#include "query/exec/result.h"
#include "server/distinct_count.h"
#include "server/entry_fields.h"

namespace narfi::server {

class DetectedFields {
 public:
  explicit DetectedFields(uint64_t max_fields) : max_fields_(max_fields) {}

  // Entries in the order of the answer to a log query: the last value of a field gives its type.
  void Add(const query::LabelPairs& stream, const query::LogEntry& entry);
  // An estimate of what is held.
  uint64_t bytes() const { return bytes_; }
  // Loki's answer; "{}" when there are no fields.
  std::string Write() const;

 private:
  struct Field {
    DistinctCount values;
    line::ValueType type = line::ValueType::kString;
    bool is_json = false;
    bool is_logfmt = false;
    std::vector<std::string> json_path;
  };
  Field* Find(std::string_view name);
  void FindPaths(std::string_view line);
  static void WriteField(std::string& out, std::string_view name, const Field& field);

  const uint64_t max_fields_;
  EntryFields reader_;
  std::map<std::string, Field, std::less<>> fields_;
  std::unordered_map<std::string_view, Field*> pathless_;  // of the entry being added
  uint64_t bytes_ = 0;
};

}  // namespace narfi::server
