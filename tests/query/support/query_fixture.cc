#include "tests/query/support/query_fixture.h"

#include "base/go_text.h"

namespace narfi::query_test {
namespace {

std::string Seconds(int64_t ns) { return FormatSample(static_cast<double>(ns) / 1e9) + "s"; }

struct AnswerText {
  std::string operator()(const query::StreamsResult& streams) const {
    std::string text;
    for (const query::LogStream& stream : streams.streams) {
      for (const query::LogEntry& entry : stream.entries) {
        text += ToText(stream.labels) + " " + Seconds(entry.time_ns) + " " +
                std::string(entry.line) + "\n";
      }
    }
    return text;
  }
  std::string operator()(const query::MatrixResult& matrix) const {
    std::string text;
    for (const query::Series& series : matrix.series) {
      text += ToText(series.labels);
      for (const query::Point& point : series.points)
        text += " " + Seconds(point.time_ns) + "=" + FormatSample(point.value);
      text += "\n";
    }
    return text;
  }
  std::string operator()(const query::VectorResult& vector) const {
    std::string text;
    for (const query::Sample& sample : vector.samples)
      text += ToText(sample.labels) + " " + FormatSample(sample.point.value) + "\n";
    return text;
  }
  std::string operator()(const query::ScalarResult& scalar) const {
    return FormatSample(scalar.point.value) + "\n";
  }
};

}  // namespace

std::string ToText(const query::LabelPairs& labels) {
  std::string text = "{";
  for (const Label& label : labels)
    text += (text.size() > 1 ? "," : "") + label.name + "=" + GoQuote(label.value);
  return text + "}";
}

std::string QueryFixture::Text(const std::string& text) {
  const auto result = Run(text);
  return result ? std::visit(AnswerText{}, result->data) : result.error().text;
}

}  // namespace narfi::query_test
