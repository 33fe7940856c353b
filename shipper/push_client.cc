#include "shipper/push_client.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"

namespace narfi::shipper {
namespace {

// Asking a server that is not there costs nothing, so it is found again soon after it comes back.
constexpr int64_t kMaxConnectPauseNs = 10 * kSecond;
constexpr int64_t kMinPauseNs = 10 * kMillisecond;
constexpr size_t kMaxAnswerBytes = 1 << 20;
constexpr size_t kMaxLoggedAnswer = 500;
// The server looks at its clock when the lines arrive.
constexpr int64_t kAgeToSpareNs = 30 * kSecond;

// Loki's words: "maximum active stream limit exceeded when trying to create stream ...".
bool SpeaksOfStreamLimit(std::string_view answer) {
  return answer.find("stream limit") != std::string_view::npos;
}

std::string HostOf(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find('/'));
  const size_t at = url.rfind('@');
  if (at != std::string_view::npos) url.remove_prefix(at + 1);
  return std::string(url);
}

std::string OneLine(std::string_view text) {
  std::string out(text.substr(0, kMaxLoggedAnswer));
  std::replace(out.begin(), out.end(), '\n', ' ');
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

int64_t RetryAfterNs(const net::ClientResponse& response) {
  const std::string_view value = response.headers.Get("Retry-After");
  int64_t seconds = 0;
  const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
  if (error != std::errc{} || seconds < 0) return 0;
  return std::min<int64_t>(seconds, 3600) * kSecond;
}

Result<std::string> SecretFrom(const std::string& file) {
  auto text = MachineFileSystem().ReadAll(file);
  if (!text) return text;
  while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
  return text;
}

}  // namespace

PushClient::PushClient(config::ClientSettings settings, net::HttpTransport& transport, Pause& pause,
                       const std::atomic<bool>* abort, const Clock& clock, int64_t max_age_ns)
    : settings_(std::move(settings)),
      host_(HostOf(settings_.url)),
      transport_(transport),
      pause_(pause),
      abort_(abort),
      clock_(clock),
      max_age_ns_(max_age_ns),
      random_(std::random_device{}()) {}

bool PushClient::Send(const Batch& batch, std::vector<size_t>& streams, int tries) {
  const Outcome together = Push(batch, streams, tries);
  if (together == Outcome::kDone) streams.clear();
  if (together != Outcome::kRefused || streams.size() == 1) return together != Outcome::kStopped;
  std::vector<size_t> refused;
  for (const size_t stream : streams) {
    const Outcome apart = Push(batch, {stream}, 1);
    if (apart == Outcome::kStopped) return false;
    if (apart == Outcome::kRefused) refused.push_back(stream);
  }
  streams = std::move(refused);
  return true;
}

PushClient::Outcome PushClient::Push(const Batch& batch, const std::vector<size_t>& streams,
                                     int tries) {
  net::ClientRequest request;
  Describe(request, batch);
  TimeFloor floor = FloorFor(batch);
  PushBody body = MakePushBody(batch, streams, settings_.external_labels, floor);
  CounterMetric("promtail_encoded_bytes_total", "Bytes encoded and ready to send.",
                {{"host", host_}})
      .Increment(static_cast<double>(body.bytes.size()));
  int limited = 0;
  while (true) {
    request.body = body.bytes;
    const Verdict verdict = Try(request, batch, streams);
    if (verdict == Verdict::kDone) {
      CountSent(body.entries, body.bytes.size());
      CountRetimed(body.retimed);
    }
    if (verdict == Verdict::kDone || verdict == Verdict::kDropped) {
      NoteRecovery();
      return Outcome::kDone;
    }
    limited = verdict == Verdict::kLimited ? limited + 1 : 0;
    if (verdict == Verdict::kTooManyStreams || limited >= tries) return Outcome::kRefused;
    if (!pause_.Wait(NextPauseNs())) return Outcome::kStopped;
    CounterMetric("promtail_batch_retries_total", "Number of times batches has had to be retried.",
                  {{"host", host_}})
        .Increment();
    floor = FloorFor(batch);
    if (batch.oldest_ns < floor.oldest_ns)
      body = MakePushBody(batch, streams, settings_.external_labels, floor);
  }
}

void PushClient::Describe(net::ClientRequest& request, const Batch& batch) const {
  request.method = "POST";
  request.url = settings_.url;
  request.timeout_ns = settings_.timeout_ns;
  request.connect_timeout_ns = std::min(settings_.timeout_ns, request.connect_timeout_ns);
  request.max_response_bytes = kMaxAnswerBytes;
  request.abort = abort_;
  request.proxy_url = settings_.proxy_url;
  request.tls = {settings_.tls_config.ca_file, settings_.tls_config.cert_file,
                 settings_.tls_config.key_file, settings_.tls_config.server_name,
                 settings_.tls_config.insecure_skip_verify};
  for (const auto& [name, value] : settings_.headers) request.headers.Add(name, value);
  request.headers.Set("Content-Type", "application/x-protobuf");
  request.headers.Set("User-Agent", "narfi-shipper/0.1.0");
  if (const std::string tenant = Tenant(batch); !tenant.empty())
    request.headers.Set("X-Scope-OrgID", tenant);
}

// Which times are too old to be sent now.
TimeFloor PushClient::FloorFor(const Batch& batch) const {
  const int64_t now_ns = clock_.NowNs();
  const int64_t oldest_ns = now_ns - max_age_ns_ + kAgeToSpareNs;
  return max_age_ns_ > 0 && batch.oldest_ns < oldest_ns ? TimeFloor{oldest_ns, now_ns}
                                                        : TimeFloor{};
}

PushClient::Verdict PushClient::Try(net::ClientRequest& request, const Batch& batch,
                                    const std::vector<size_t>& streams) {
  if (const auto authorized = Authorize(request); !authorized) {
    NoteFailure(authorized.error().text, false, 0);
    return Verdict::kAgain;
  }
  const int64_t begun_ns = SystemClock().MonotonicNs();
  const auto answer = transport_.Do(request);
  const std::string status = answer ? std::to_string(answer->status) : "0";
  HistogramMetric("promtail_request_duration_seconds", "Duration of send requests.",
                  {{"host", host_}, {"status_code", status}})
      .Observe(static_cast<double>(SystemClock().MonotonicNs() - begun_ns) / 1e9);
  return Judge(answer, batch, streams);
}

PushClient::Verdict PushClient::Judge(const Result<net::ClientResponse>& answer, const Batch& batch,
                                      const std::vector<size_t>& streams) {
  if (!answer) {
    NoteFailure(answer.error().text, answer.error().code == Code::kUnavailable, 0);
    return Verdict::kAgain;
  }
  const int status = answer->status;
  if (status >= 200 && status < 300) return Verdict::kDone;
  const std::string said = fmt::format("the server answers {}: {}", status, OneLine(answer->body));
  if (status == 429 && settings_.drop_rate_limited_batches) {
    CountDropped(batch, streams, "rate_limited");
    return Verdict::kDropped;
  }
  if (status == 429 && SpeaksOfStreamLimit(answer->body)) {
    last_failure_ = said;
    return Verdict::kTooManyStreams;
  }
  if (status == 429 || status >= 500 || status < 400) {
    NoteFailure(said, false, RetryAfterNs(*answer));
    return status == 429 ? Verdict::kLimited : Verdict::kAgain;
  }
  Log(LogLevel::kWarn, "a batch was refused; what the server did not take of it is dropped",
      {{"host", host_}, {"status", status}, {"answer", OneLine(answer->body)}});
  CountDropped(batch, streams, "ingester_error");
  return Verdict::kDropped;
}

Status PushClient::Authorize(net::ClientRequest& request) const {
  request.username = settings_.basic_auth_username;
  request.password = settings_.basic_auth_password;
  request.bearer_token = settings_.bearer_token;
  // Files are read each time: secrets are replaced while we run.
  if (!settings_.basic_auth_password_file.empty()) {
    NARFI_ASSIGN(request.password, SecretFrom(settings_.basic_auth_password_file));
  }
  if (!settings_.bearer_token_file.empty()) {
    NARFI_ASSIGN(request.bearer_token, SecretFrom(settings_.bearer_token_file));
  }
  return {};
}

std::string PushClient::Tenant(const Batch& batch) const {
  return batch.tenant.empty() ? settings_.tenant_id : batch.tenant;
}

int64_t PushClient::NextPauseNs() {
  int64_t most = settings_.min_backoff_ns;
  for (uint64_t i = 1; i < failures_ && most < settings_.max_backoff_ns; ++i) most *= 2;
  most = std::min(most, settings_.max_backoff_ns);
  if (no_connection_) most = std::min(most, kMaxConnectPauseNs);
  const int64_t drawn =
      std::uniform_int_distribution<int64_t>(0, std::max(most, kMinPauseNs))(random_);
  return std::max({drawn, kMinPauseNs, retry_after_ns_});
}

void PushClient::NoteFailure(std::string why, bool no_connection, int64_t retry_after_ns) {
  // A stop cuts requests short; that is no failure of the server.
  if (abort_ != nullptr && abort_->load()) return;
  if (failures_++ == 0) {
    Log(LogLevel::kWarn,
        "cannot push; trying again until it works, and reading on as far as memory allows",
        {{"host", host_}, {"error", why}});
  }
  last_failure_ = std::move(why);
  no_connection_ = no_connection;
  retry_after_ns_ = retry_after_ns;
}

void PushClient::NoteRecovery() {
  if (failures_ > 0) {
    Log(LogLevel::kInfo, "pushing works again",
        {{"host", host_}, {"failed_tries", failures_}, {"last_error", last_failure_}});
  }
  failures_ = 0;
  no_connection_ = false;
  retry_after_ns_ = 0;
}

void PushClient::CountSent(size_t entries, size_t body_bytes) {
  CounterMetric("promtail_sent_bytes_total", "Number of bytes sent.", {{"host", host_}})
      .Increment(static_cast<double>(body_bytes));
  CounterMetric("promtail_sent_entries_total", "Number of log entries sent to the ingester.",
                {{"host", host_}})
      .Increment(static_cast<double>(entries));
}

void PushClient::CountDropped(const Batch& batch, const std::vector<size_t>& streams,
                              const std::string& reason) {
  size_t entries = 0;
  size_t bytes = 0;
  for (const size_t index : streams) {
    for (const BatchEntry& entry : batch.streams[index].entries) {
      ++entries;
      bytes += entry.line.size();
    }
  }
  const MetricLabels labels = {{"host", host_}, {"reason", reason}, {"tenant", Tenant(batch)}};
  CounterMetric("promtail_dropped_bytes_total", "Number of bytes dropped.", labels)
      .Increment(static_cast<double>(bytes));
  CounterMetric("promtail_dropped_entries_total", "Number of log entries dropped.", labels)
      .Increment(static_cast<double>(entries));
}

void PushClient::CountRetimed(size_t entries) {
  if (entries == 0) return;
  CounterMetric("narfi_shipper_time_of_sending_total",
                "Lines that waited until their time was outside the server's reject window.")
      .Increment(static_cast<double>(entries));
  retimed_ += entries;
  const int64_t now_ns = clock_.NowNs();
  if (now_ns - said_retimed_ns_ < kMinute) return;
  said_retimed_ns_ = now_ns;
  Log(LogLevel::kWarn,
      "lines waited until the server would refuse their time, and got the time of sending",
      {{"host", host_}, {"lines", std::exchange(retimed_, 0)}});
}

}  // namespace narfi::shipper
