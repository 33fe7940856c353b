#include "server/document_params.h"

#include <fmt/format.h>

#include "base/go_text.h"
#include "ingest/push_decode.h"
#include "server/params.h"

namespace narfi::server {
namespace {

std::vector<std::string> SplitFields(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    const size_t end = std::min(text.find(','), text.size());
    std::string_view field = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (field.starts_with(' ')) field.remove_prefix(1);
    while (field.ends_with(' ')) field.remove_suffix(1);
    if (!field.empty()) out.emplace_back(field);
  }
  return out;
}

// {app="x", env="y"}, or app=x,env=y.
Result<std::vector<Label>> ReadLabels(std::string_view text) {
  if (!text.starts_with('{')) {
    std::string quoted = "{";
    for (const std::string& pair : SplitFields(text)) {
      const size_t equals = pair.find('=');
      if (equals == std::string::npos)
        return Fail(Code::kInvalidArgument,
                    fmt::format("labels: {} is not name=value", GoQuote(pair)));
      if (quoted.size() > 1) quoted += ", ";
      quoted += pair.substr(0, equals) + "=" + GoQuote(pair.substr(equals + 1));
    }
    return ReadLabels(quoted + "}");
  }
  ingest::ObjectBudget budget(text.size());
  ingest::PushStream stream;
  if (auto parsed = ingest::ParseStreamLabels(text, budget, stream); !parsed)
    return Wrap("labels", std::move(parsed).error());
  if (!stream.clashing_labels.empty())
    return Fail(Code::kInvalidArgument, "labels: a name comes twice");
  return stream.labels.pairs();
}

}  // namespace

Result<ingest::DocumentOptions> ReadDocumentOptions(const net::HttpRequest& request) {
  ingest::DocumentOptions options;
  options.label_fields = request.Param("_stream_fields") == nullptr
                             ? ingest::DefaultLabelFields()
                             : SplitFields(TextParam(request, "_stream_fields"));
  options.time_fields = SplitFields(TextParam(request, "_time_field"));
  if (options.time_fields.empty()) options.time_fields = ingest::DefaultTimeFields();
  options.message_field = TextParam(request, "_msg_field");
  if (const std::string_view labels = TextParam(request, "labels"); !labels.empty()) {
    NARFI_ASSIGN(options.labels, ReadLabels(labels));
  }
  return options;
}

}  // namespace narfi::server
