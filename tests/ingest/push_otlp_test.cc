#include "ingest/push_otlp.h"

#include <doctest/doctest.h>

#include <fmt/format.h>

#include "base/bytes.h"
#include "tests/ingest/push_support.h"

namespace narfi::ingest {
namespace {

const std::string kJson = std::string(kOtlpMark) + "application/json";
const std::string kProto = std::string(kOtlpMark) + "application/x-protobuf";

std::string ShowJson(std::string_view body) {
  return ShowResult(Decode({kJson, "", body, 99}, {}));
}

// A body with one record, of resource attributes and fields of the record.
std::string Logs(std::string_view resource, std::string_view record) {
  return fmt::format(
      R"({{"resourceLogs":[{{"resource":{{"attributes":[{}]}},"scopeLogs":[{{"logRecords":[{{{}}}]}}]}}]}})",
      resource, record);
}

std::string Attribute(std::string_view key, std::string_view value) {
  return fmt::format(R"({{"key":"{}","value":{}}})", key, value);
}

TEST_CASE("resource attributes become labels or metadata") {
  CHECK(ShowJson(Logs(Attribute("service.name", R"({"stringValue":"shop"})") + "," +
                          Attribute("host.name", R"({"stringValue":"h"})"),
                      R"("timeUnixNano":"5","body":{"stringValue":"hello"})")) ==
        R"({service_name="shop"} 5 hello host_name=h)");
  CHECK(ShowJson(Logs(Attribute("k8s_pod_name", R"({"stringValue":"p"})"),
                      R"("timeUnixNano":"5")")) == "{} 5  k8s_pod_name=p");
}

std::string ShowMapped(const config::OtlpConfig& config, std::string_view body) {
  const auto mapping = OtlpMapping::Make(config);
  REQUIRE(mapping.has_value());
  return ShowResult(Decode({kJson, "", body, 99, &*mapping}, {}));
}

TEST_CASE("otlp_config makes labels of resource attributes, and drops what it is told to drop") {
  using config::OtlpAction;
  const std::string logs =
      Logs(Attribute("service.name", R"({"stringValue":"shop"})") + "," +
               Attribute("host.name", R"({"stringValue":"h"})") + "," +
               Attribute("host.id", R"({"intValue":"7"})") + "," +
               Attribute("process.pid", R"({"intValue":"8"})"),
           R"("timeUnixNano":"5","attributes":[{"key":"user.id","value":{"intValue":"1"}},)"
           R"({"key":"user","value":{"intValue":"2"}}])");
  config::OtlpConfig config;
  config.resource_attributes = {{OtlpAction::kIndexLabel, {"host.name"}, ""},
                                {OtlpAction::kDrop, {}, "host\\..*|service.*"}};
  config.log_attributes = {{OtlpAction::kDrop, {}, "user"}};
  // The defaults come before the rules, and a regex must match the whole name.
  CHECK(ShowMapped(config, logs) ==
        R"({host_name="h", service_name="shop"} 5  user_id=1 process_pid=8)");
  config.ignore_defaults = true;
  CHECK(ShowMapped(config, logs) == R"({host_name="h"} 5  user_id=1 process_pid=8)");
  config.resource_attributes = {};
  CHECK(ShowMapped(config, logs) ==
        "{} 5  user_id=1 service_name=shop host_name=h host_id=7 process_pid=8");
  config.default_labels = {"process.pid"};
  config.ignore_defaults = false;
  CHECK(ShowMapped(config, logs) ==
        R"({process_pid="8"} 5  user_id=1 service_name=shop host_name=h host_id=7)");
  config.scope_attributes = {{OtlpAction::kDrop, {"lib"}, ""}};
  CHECK(
      ShowMapped(config,
                 R"({"resourceLogs":[{"scopeLogs":[{"scope":{"attributes":[)"
                 R"({"key":"lib","value":{"intValue":"1"}},{"key":"l","value":{"intValue":"2"}}]},)"
                 R"("logRecords":[{"timeUnixNano":"5"}]}]}]})") == "{} 5  l=2");
}

TEST_CASE("severity_text as a label makes a stream of each severity") {
  config::OtlpConfig config;
  config.severity_text_as_label = true;
  CHECK(ShowMapped(config,
                   R"({"resourceLogs":[{"resource":{"attributes":[)"
                   R"({"key":"service.name","value":{"stringValue":"s"}}]},"scopeLogs":[{)"
                   R"("logRecords":[{"timeUnixNano":"1","severityText":"INFO"},)"
                   R"({"timeUnixNano":"2","severityText":"WARN"},)"
                   R"({"timeUnixNano":"3","severityText":"INFO"},{"timeUnixNano":"4"}]}]}]})") ==
        R"({service_name="s"} 4 |{service_name="s", severity_text="INFO"} 1 ; 3 |)"
        R"({service_name="s", severity_text="WARN"} 2 )");
}

TEST_CASE("each tenant has its own mapping, and a regex that is none is told at once") {
  config::Limits own;
  own.otlp_config.ignore_defaults = true;
  const auto mappings = TenantOtlp::Make(config::TenantLimits({}, {{"a", own}}));
  REQUIRE(mappings.has_value());
  CHECK(mappings->For("a").OfResource("service.name") == config::OtlpAction::kStructuredMetadata);
  CHECK(mappings->For("b").OfResource("service.name") == config::OtlpAction::kIndexLabel);
  own.otlp_config.log_attributes = {{config::OtlpAction::kDrop, {}, "("}};
  const auto bad = TenantOtlp::Make(config::TenantLimits({}, {{"a", own}}));
  REQUIRE_FALSE(bad.has_value());
  CHECK(bad.error().text ==
        "tenant a: otlp_config: regex (: error parsing regexp: missing closing ): `(`");
}

TEST_CASE("what a record says of itself becomes metadata") {
  CHECK(ShowJson(Logs("",
                      R"("timeUnixNano":"5","observedTimeUnixNano":6,"severityNumber":9,)"
                      R"("severityText":"INFO","flags":1,"droppedAttributesCount":2,)"
                      R"("traceId":"000102030405060708090a0b0c0d0eff","spanId":"0000000000000def",)"
                      R"("attributes":[{"key":"a.b","value":{"intValue":"-7"}}])")) ==
        "{} 5  a_b=-7 severity_number=9 severity_text=INFO dropped_attributes_count=2 flags=1 "
        "observed_timestamp=6 trace_id=000102030405060708090a0b0c0d0eff span_id=0000000000000def");
  CHECK(ShowJson(Logs("", R"("timeUnixNano":"5","severityNumber":"SEVERITY_NUMBER_WARN2")")) ==
        "{} 5  severity_number=14");
  CHECK(ShowJson(Logs("", R"("timeUnixNano":"5","traceId":"00000000000000000000000000000000")")) ==
        "{} 5 ");
}

TEST_CASE("a record without a time has its observed time, else that of the push") {
  CHECK(ShowJson(Logs("", R"("observedTimeUnixNano":"7","body":{"stringValue":"x"})")) == "{} 7 x");
  CHECK(ShowJson(Logs("", R"("body":{"stringValue":"x"})")) == "{} 99 x");
}

TEST_CASE("values of all kinds as text") {
  struct Row {
    const char* value;
    const char* text;
  };
  for (
      const Row& row :
      {Row{R"({"stringValue":"s"})", "s"}, Row{R"({"intValue":42})", "42"},
       Row{R"({"doubleValue":2.5})", "2.5"}, Row{R"({"doubleValue":1e21})", "1e+21"},
       Row{R"({"boolValue":true})", "true"}, Row{R"({"bytesValue":"aGk="})", "aGk="},
       Row{R"({"arrayValue":{"values":[{"stringValue":"x"},{"intValue":"2"},{}]}})",
           R"(["x",2,null])"},
       Row{R"({"kvlistValue":{"values":[{"key":"b","value":{"boolValue":false}},{"key":"a","value":{"stringValue":"<&"}}]}})",
           R"({"a":"\u003c\u0026","b":false})"},
       Row{R"({})", ""}, Row{"null", ""}, Row{R"({"stringValue":"\ud800"})", "\xEF\xBF\xBD"}}) {
    CAPTURE(row.value);
    CHECK(ShowJson(Logs("", fmt::format(R"("timeUnixNano":"5","body":{})", row.value))) ==
          std::string("{} 5 ") + row.text);
  }
}

TEST_CASE("a map among attributes gives a pair for each of its values") {
  CHECK(
      ShowJson(Logs(
          Attribute(
              "m.x",
              R"({"kvlistValue":{"values":[{"key":"y","value":{"intValue":1}},)"
              R"({"key":"z","value":{"kvlistValue":{"values":[{"key":"q","value":{"stringValue":"w"}}]}}}]}})"),
          R"("timeUnixNano":"5")")) == "{} 5  m_x_y=1 m_x_z_q=w");
}

TEST_CASE("bodies that are no OTLP are refused with a sentence") {
  CHECK(ShowJson("{}") == "422 error at least one valid stream is required for ingestion");
  CHECK(ShowJson(R"({"resourceLogs":[]})") ==
        "422 error at least one valid stream is required for ingestion");
  for (const char* body :
       {"", "x", R"({"resourceLogs":)", R"({"resourceLogs":{}})", R"({"resourceLogs":[7]})",
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"timeUnixNano":"x"}]}]}]})",
        R"({"resourceLogs":[{"scopeLogs":[{"logRecords":[{"traceId":"0g"}]}]}]})"}) {
    CAPTURE(body);
    CHECK(ShowJson(body).substr(0, 4) == "400 ");
  }
  CHECK(ShowResult(Decode({kProto, "", "\xff\xff\xff", 99}, {})).substr(0, 4) == "400 ");
  CHECK(ShowResult(Decode({std::string(kOtlpMark) + "text/plain", "", "x", 99}, {})) ==
        "400 content type: text/plain is not supported");
}

TEST_CASE("deep values are refused, in JSON and on the wire") {
  std::string value = R"({"intValue":1})";
  std::string wire = "\x18\x01";
  for (int i = 0; i < 100; ++i) {
    value = R"({"arrayValue":{"values":[)" + value + "]}}";
    for (const char tag : {'\x0A', '\x2A'}) {  // values, array_value
      std::string outer(1, tag);
      PutString(outer, wire);
      wire = std::move(outer);
    }
  }
  CHECK(ShowJson(Logs("", "\"body\":" + value)).substr(0, 4) == "400 ");
  for (const char tag : {'\x2A', '\x12', '\x12', '\x0A'}) {  // body, record, scope logs, logs
    std::string outer(1, tag);
    PutString(outer, wire);
    wire = std::move(outer);
  }
  CHECK(ShowResult(Decode({kProto, "", wire, 99}, {})).substr(0, 4) == "400 ");
}

TEST_CASE("a resource of many attributes with many empty records is too much for its size") {
  std::string attributes;
  for (int i = 0; i < 2000; ++i)
    attributes += (i == 0 ? "" : ",") + Attribute("k" + std::to_string(i), R"({"intValue":1})");
  std::string records = R"({"timeUnixNano":"1"})";
  for (int i = 0; i < 5000; ++i) records += ",{}";
  const std::string body = fmt::format(
      R"({{"resourceLogs":[{{"resource":{{"attributes":[{}]}},"scopeLogs":[{{"logRecords":[{}]}}]}}]}})",
      attributes, records);
  CHECK(ShowJson(body).substr(0, 4) == "413 ");
}

TEST_CASE("protobuf with fields in any order reads as JSON does") {
  const auto field = [](char tag, std::string_view bytes) {
    std::string out(1, tag);
    PutString(out, bytes);
    return out;
  };
  const std::string time = std::string("\x09", 1) + std::string("\x05\0\0\0\0\0\0\0", 8);
  const std::string record = field('\x2A', field('\x0A', "line")) + time;
  const std::string scope = field('\x0A', "sc");
  const std::string logs = field('\x12', record) + field('\x0A', scope);
  const std::string resource =
      field('\x0A', field('\x0A', "service.name") + field('\x12', field('\x0A', "s")));
  const std::string body = field('\x0A', field('\x12', logs) + field('\x0A', resource));
  CHECK(ShowResult(Decode({kProto, "", body, 99}, {})) ==
        R"({service_name="s"} 5 line scope_name=sc)");
  CHECK(ShowResult(Decode({kProto, "gzip", Deflated(body, 31), 99}, {})) ==
        R"({service_name="s"} 5 line scope_name=sc)");
}

}  // namespace
}  // namespace narfi::ingest
