// What executing a template on one row may use, and how much of it: memory, steps, zones, regexes.
//
// Ownership: what is made for a row lives until the next Start(); zones and regexes stay.
// Threads:   one at a time; each worker has its own.
// Limits:    kMaxTextBytes of output and of any one text, kMaxWorkBytes read and made by functions,
//            kMaxSteps nodes, kMaxDepth of {{template}}; what goes over one is an error of the row.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "base/result.h"
#include "base/time_zone.h"
#include "line/template/value.h"

namespace re2 {
class RE2;
}

namespace narfi::line::tmpl {

// What a template is executed on.
struct Input {
  const LabelSource* labels = nullptr;
  std::string_view line;
  int64_t time_ns = 0;
  int64_t now_ns = 0;
};

class Runtime {
 public:
  static constexpr size_t kMaxTextBytes = 4 << 20;
  static constexpr size_t kMaxWorkBytes = 64 << 20;
  static constexpr size_t kMaxSteps = 200'000;
  static constexpr int kMaxDepth = 100;
  static constexpr size_t kMaxCached = 256;  // regexes, and zones; over it all are forgotten

  struct Regex {
    std::shared_ptr<const re2::RE2> regex;
    std::vector<std::string> names;
  };

  Runtime() = default;
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  // Forgets the row before. `input` is borrowed until the next Start().
  void Start(const Input& input);
  const Input& input() const { return *input_; }

  Status CountStep();
  Status CountWork(size_t bytes);
  // Fails for a text that must not be made.
  static Status CheckSize(uint64_t bytes);

  // The text as a value that lives as long as the row.
  Result<Value> Keep(std::string_view text);
  Value KeepList(List list);
  Value KeepMap(Map map);

  // Null is UTC. An unknown name is an error.
  Result<const TimeZone*> FindZone(const std::string& name);
  const TimeZone* FixedZone(const std::string& name, int64_t offset);
  Result<const Regex*> FindRegex(std::string_view pattern);

 private:
  const Input* input_ = nullptr;
  size_t steps_ = 0;
  size_t work_bytes_ = 0;
  Arena arena_;
  std::deque<List> lists_;
  std::deque<Map> maps_;
  std::map<std::string, std::unique_ptr<const TimeZone>> zones_;
  std::map<std::string, Regex, std::less<>> regexes_;
};

}  // namespace narfi::line::tmpl
