#include "cli/answer.h"

#include <simdjson.h>

#include <algorithm>
#include <charconv>

#include "base/go_text.h"
#include "base/json_write.h"
#include "base/unicode.h"

namespace narfi::cli {
namespace {

namespace dom = simdjson::dom;

constexpr int kMaxDepth = 64;

class AnswerError : public std::exception {
 public:
  explicit AnswerError(std::string text) : text_(std::move(text)) {}
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  std::string text_;
};

std::string Text(dom::element value) { return std::string(std::string_view(value)); }

StreamLabels ReadLabels(dom::element value) {
  StreamLabels labels;
  for (const dom::key_value_pair field : dom::object(value)) {
    labels.push_back({std::string(field.key), Text(field.value)});
  }
  std::sort(labels.begin(), labels.end());
  return labels;
}

int64_t ReadTimeNs(dom::element value) {
  const std::string_view text = value;
  int64_t time_ns = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), time_ns);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw AnswerError("a time that is no number of nanoseconds");
  }
  return time_ns;
}

// [time, line] or [time, line, structured metadata].
void ReadStream(dom::element object, QueryAnswer& answer) {
  const auto stream = static_cast<uint32_t>(answer.streams.size());
  answer.streams.push_back(ReadLabels(object["stream"]));
  for (const dom::element pair : dom::array(object["values"])) {
    answer.entries.push_back({ReadTimeNs(pair.at(0)), stream, Text(pair.at(1))});
  }
}

std::string NumberText(dom::element number) {
  if (number.is_int64()) return std::to_string(int64_t(number));
  if (number.is_uint64()) return std::to_string(uint64_t(number));
  return FormatJsonNumber(double(number));
}

// Writes a value again, on one line or indented by two spaces a level as Go's MarshalIndent does.
class JsonPrinter {
 public:
  JsonPrinter(std::string& out, bool indented) : out_(out), indented_(indented) {}

  void Print(dom::element value, int depth) {
    if (depth > kMaxDepth) throw AnswerError("JSON that is nested too deeply");
    switch (value.type()) {
      case dom::element_type::ARRAY:
        return PrintArray(value, depth);
      case dom::element_type::OBJECT:
        return PrintObject(value, depth);
      case dom::element_type::STRING:
        return AppendJsonString(out_, std::string_view(value));
      case dom::element_type::BOOL:
        out_ += bool(value) ? "true" : "false";
        return;
      case dom::element_type::NULL_VALUE:
        out_ += "null";
        return;
      case dom::element_type::INT64:
      case dom::element_type::UINT64:
      case dom::element_type::DOUBLE:
        out_ += NumberText(value);
        return;
    }
  }

 private:
  void PrintArray(dom::array array, int depth) {
    bool first = true;
    out_ += '[';
    for (const dom::element item : array) {
      Separate(first, depth + 1);
      Print(item, depth + 1);
    }
    if (!first) NewLine(depth);
    out_ += ']';
  }

  void PrintObject(dom::object object, int depth) {
    bool first = true;
    out_ += '{';
    for (const dom::key_value_pair field : object) {
      Separate(first, depth + 1);
      AppendJsonString(out_, field.key);
      out_ += indented_ ? ": " : ":";
      Print(field.value, depth + 1);
    }
    if (!first) NewLine(depth);
    out_ += '}';
  }

  void Separate(bool& first, int depth) {
    if (!first) out_ += ',';
    first = false;
    NewLine(depth);
  }
  void NewLine(int depth) {
    if (!indented_) return;
    out_ += '\n';
    out_.append(2 * static_cast<size_t>(depth), ' ');
  }

  std::string& out_;
  const bool indented_;
};

void ReadMetricResult(dom::element result, std::string_view type, JsonStyle style,
                      std::string& out) {
  if (style == JsonStyle::kIndented || type == "scalar") {
    JsonPrinter(out, style == JsonStyle::kIndented).Print(result, 0);
    out += '\n';
    return;
  }
  JsonPrinter printer(out, false);
  for (const dom::element series : dom::array(result)) {
    printer.Print(series, 0);
    out += '\n';
  }
}

// The numbers of nested objects, with the path as name.
void ReadStats(dom::object object, const std::string& prefix, int depth, QueryAnswer& answer) {
  if (depth > kMaxDepth) throw AnswerError("JSON that is nested too deeply");
  for (const dom::key_value_pair field : object) {
    const std::string name = prefix + std::string(field.key);
    if (field.value.is_object()) {
      ReadStats(field.value, name + ".", depth + 1, answer);
    } else if (field.value.is_number()) {
      answer.stats.emplace_back(name, NumberText(field.value));
    }
  }
}

// False when there is no such field, or null in it.
bool FindField(dom::element object, std::string_view name, dom::element& out) {
  const simdjson::error_code error = object[name].get(out);
  if (error == simdjson::NO_SUCH_FIELD) return false;
  if (error != simdjson::SUCCESS) throw simdjson::simdjson_error(error);
  return !out.is_null();
}

void ReadData(dom::element data, JsonStyle style, QueryAnswer& answer) {
  const std::string_view type = data["resultType"];
  answer.is_log = type == "streams";
  if (answer.is_log) {
    for (const dom::element stream : dom::array(data["result"])) ReadStream(stream, answer);
  } else {
    ReadMetricResult(data["result"], type, style, answer.json);
  }
  dom::element stats;
  if (FindField(data, "stats", stats)) ReadStats(stats, "", 0, answer);
}

void ReadWarnings(dom::element root, std::vector<std::string>& warnings) {
  dom::element list;
  if (!FindField(root, "warnings", list)) return;
  for (const dom::element warning : dom::array(list)) warnings.push_back(Text(warning));
}

// Runs `read` on the parsed body, repaired first if it is no valid UTF-8, and turns the parser's
// exceptions into an error. The DOM, since the on-demand parser of simdjson 3.0 looks fields up
// without having checked the text around them.
template <class Answer, class Read>
Result<Answer> ReadBody(std::string body, Read read) {
  if (!IsValidUtf8(body)) body = RepairUtf8(body);
  try {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    dom::parser parser;
    const dom::element root = parser.parse(body.data(), body.size(), false);
    Answer answer;
    read(root, answer);
    return answer;
  } catch (const std::exception& error) {
    return Fail(Code::kCorrupt,
                std::string("the server's answer is not understood: ") + error.what());
  }
}

}  // namespace

Result<QueryAnswer> ReadQueryAnswer(std::string body, JsonStyle style) {
  return ReadBody<QueryAnswer>(std::move(body), [style](dom::element root, QueryAnswer& answer) {
    ReadData(root["data"], style, answer);
    ReadWarnings(root, answer.warnings);
  });
}

Result<TailAnswer> ReadTailAnswer(std::string body) {
  return ReadBody<TailAnswer>(std::move(body), [](dom::element root, TailAnswer& answer) {
    answer.lines.is_log = true;
    dom::element list;
    if (FindField(root, "streams", list)) {
      for (const dom::element stream : dom::array(list)) ReadStream(stream, answer.lines);
    }
    if (FindField(root, "dropped_entries", list)) answer.dropped = dom::array(list).size();
  });
}

Result<ListAnswer> ReadListAnswer(std::string body) {
  return ReadBody<ListAnswer>(std::move(body), [](dom::element root, ListAnswer& answer) {
    dom::element data;  // absent when there is none
    if (FindField(root, "data", data)) {
      for (const dom::element item : dom::array(data)) answer.values.push_back(Text(item));
    }
    ReadWarnings(root, answer.warnings);
  });
}

Result<SeriesAnswer> ReadSeriesAnswer(std::string body) {
  return ReadBody<SeriesAnswer>(std::move(body), [](dom::element root, SeriesAnswer& answer) {
    dom::element data;
    if (FindField(root, "data", data)) {
      for (const dom::element item : dom::array(data)) answer.streams.push_back(ReadLabels(item));
    }
    ReadWarnings(root, answer.warnings);
  });
}

}  // namespace narfi::cli
