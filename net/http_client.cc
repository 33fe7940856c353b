#include "net/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <climits>
#include <cstring>
#include <mutex>
#include <optional>

namespace narfi::net {
namespace {

constexpr size_t kMaxHeaderBytes = 256 << 10;
constexpr int kAbortPollMs = 100;

struct CurlListFree {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using CurlList = std::unique_ptr<curl_slist, CurlListFree>;

struct CurlUrlFree {
  void operator()(CURLU* url) const { curl_url_cleanup(url); }
};

void Append(CurlList& list, const std::string& line) {
  if (curl_slist* longer = curl_slist_append(list.get(), line.c_str()); longer != nullptr) {
    static_cast<void>(list.release());
    list.reset(longer);
  }
}

// The parts of a URL that error texts and SNI need.
struct UrlParts {
  std::string host;
  std::string port;
  std::string host_port() const { return host + ":" + port; }
};

std::string UrlPart(CURLU* url, CURLUPart part, unsigned flags = 0) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, flags) != CURLUE_OK) return {};
  std::string out = text;
  curl_free(text);
  return out;
}

Result<UrlParts> SplitUrl(const std::string& text) {
  const std::unique_ptr<CURLU, CurlUrlFree> url(curl_url());
  const CURLUcode error = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  const std::string scheme = error == CURLUE_OK ? UrlPart(url.get(), CURLUPART_SCHEME) : "";
  if (scheme != "http" && scheme != "https") {
    return Fail(Code::kInvalidArgument, fmt::format("\"{}\" is no http:// or https:// URL", text));
  }
  return UrlParts{UrlPart(url.get(), CURLUPART_HOST),
                  UrlPart(url.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT)};
}

// What the callbacks of one call fill.
struct Receiver {
  ClientResponse response;
  uint64_t max_body_bytes = 0;
  size_t header_bytes = 0;
  bool too_large = false;
};

size_t OnBody(char* data, size_t /*one*/, size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  if (receiver.response.body.size() + count > receiver.max_body_bytes) {
    receiver.too_large = true;
    return 0;
  }
  receiver.response.body.append(data, count);
  return count;
}

size_t OnHeader(char* data, size_t /*one*/, size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  receiver.header_bytes += count;
  if (receiver.header_bytes > kMaxHeaderBytes) {
    receiver.too_large = true;
    return 0;
  }
  std::string_view line(data, count);
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r')) line.remove_suffix(1);
  if (line.starts_with("HTTP/")) {  // another answer begins: after "100 Continue" or a redirect
    receiver.response.headers = {};
    return count;
  }
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return count;
  std::string_view value = line.substr(colon + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  receiver.response.headers.Add(std::string(line.substr(0, colon)), std::string(value));
  return count;
}

long Milliseconds(int64_t ns) {
  return static_cast<long>(std::clamp<int64_t>((ns + 999'999) / 1'000'000, 0, LONG_MAX));
}

// Go's words are "connection refused"; strerror's begin with a capital letter.
std::string OsErrorText(long os_error) {
  std::string text = std::strerror(static_cast<int>(os_error));
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

}  // namespace

struct HttpClient::Impl {
  Impl();
  ~Impl();
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  template <class Value>
  void Set(CURLoption option, Value value) {
    if (const CURLcode code = curl_easy_setopt(easy, option, value); code != CURLE_OK && !failed) {
      failed = fmt::format("libcurl refuses an option: {}", curl_easy_strerror(code));
    }
  }
  void SetText(CURLoption option, const std::string& text) {
    if (!text.empty()) Set(option, text.c_str());
  }
  void SetUp(const ClientRequest& request, const UrlParts& url, Receiver& receiver);
  void SetMethod(const ClientRequest& request);
  void SetHeaders(const ClientRequest& request, const UrlParts& url);
  void SetTls(const ClientTls& tls, const UrlParts& url);
  // Runs the transfer; nothing when it was aborted.
  std::optional<CURLcode> Run(const std::atomic<bool>* abort);
  Error Explain(CURLcode code, const ClientRequest& request, const UrlParts& url) const;

  CURL* easy = nullptr;
  CURLM* multi = nullptr;  // holds the open connections
  char detail[CURL_ERROR_SIZE] = {};
  CurlList headers;
  CurlList connect_to;
  std::optional<std::string> failed;
};

HttpClient::Impl::Impl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
  easy = curl_easy_init();
  multi = curl_multi_init();
}

HttpClient::Impl::~Impl() {
  curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);
}

void HttpClient::Impl::SetMethod(const ClientRequest& request) {
  const bool sends_body = request.method == "POST" || request.method == "PUT" ||
                          request.method == "PATCH" || !request.body.empty();
  if (request.method == "HEAD") {
    Set(CURLOPT_NOBODY, 1L);
  } else if (sends_body) {
    Set(CURLOPT_POST, 1L);
    Set(CURLOPT_POSTFIELDS, request.body.empty() ? "" : request.body.data());
    Set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else {
    Set(CURLOPT_HTTPGET, 1L);
    Set(CURLOPT_CUSTOMREQUEST, request.method.c_str());
  }
}

void HttpClient::Impl::SetHeaders(const ClientRequest& request, const UrlParts& url) {
  headers.reset();
  for (const Header& header : request.headers) {
    // "Name;" is libcurl's way to say an empty value.
    Append(headers, header.value.empty() ? header.name + ";" : header.name + ": " + header.value);
  }
  // Waiting a second for a "100 Continue" that few servers send is worth less than a body in vain.
  if (!request.headers.Has("Expect")) Append(headers, "Expect:");
  if (!request.body.empty() && !request.headers.Has("Content-Type")) {
    Append(headers, "Content-Type:");
  }
  if (!request.bearer_token.empty()) {
    Append(headers, "Authorization: Bearer " + request.bearer_token);
  }
  if (!request.tls.server_name.empty() && !request.headers.Has("Host")) {
    Append(headers, "Host: " + url.host_port());
  }
  Set(CURLOPT_HTTPHEADER, headers.get());
  if (!request.username.empty() || !request.password.empty()) {
    Set(CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    Set(CURLOPT_USERNAME, request.username.c_str());
    Set(CURLOPT_PASSWORD, request.password.c_str());
  }
}

void HttpClient::Impl::SetTls(const ClientTls& tls, const UrlParts& url) {
  SetText(CURLOPT_CAINFO, tls.ca_file);
  SetText(CURLOPT_SSLCERT, tls.cert_file);
  SetText(CURLOPT_SSLKEY, tls.key_file);
  if (tls.insecure_skip_verify) {
    Set(CURLOPT_SSL_VERIFYPEER, 0L);
    Set(CURLOPT_SSL_VERIFYHOST, 0L);
  }
  connect_to.reset();
  if (tls.server_name.empty()) return;
  // libcurl takes the TLS name from the URL: so the URL gets that name, and the connection goes to
  // the real host.
  Append(connect_to, fmt::format("{}:{}:{}:{}", tls.server_name, url.port, url.host, url.port));
  Set(CURLOPT_CONNECT_TO, connect_to.get());
}

void HttpClient::Impl::SetUp(const ClientRequest& request, const UrlParts& url,
                             Receiver& receiver) {
  curl_easy_reset(easy);
  failed.reset();
  detail[0] = '\0';
  receiver.max_body_bytes = request.max_response_bytes;
  std::string target = request.url;
  if (!request.tls.server_name.empty()) {
    const std::unique_ptr<CURLU, CurlUrlFree> named(curl_url());
    curl_url_set(named.get(), CURLUPART_URL, request.url.c_str(), 0);
    curl_url_set(named.get(), CURLUPART_HOST, request.tls.server_name.c_str(), 0);
    target = UrlPart(named.get(), CURLUPART_URL);
  }
  Set(CURLOPT_URL, target.c_str());
  Set(CURLOPT_ERRORBUFFER, detail);
  Set(CURLOPT_NOSIGNAL, 1L);
  Set(CURLOPT_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  Set(CURLOPT_FOLLOWLOCATION, request.follow_redirects ? 1L : 0L);
  Set(CURLOPT_MAXREDIRS, 10L);
  Set(CURLOPT_TIMEOUT_MS, Milliseconds(request.timeout_ns));
  Set(CURLOPT_CONNECTTIMEOUT_MS, Milliseconds(request.connect_timeout_ns));
  Set(CURLOPT_USERAGENT, "narfi");
  SetText(CURLOPT_PROXY, request.proxy_url);
  if (request.accept_compressed) Set(CURLOPT_ACCEPT_ENCODING, "gzip");
  Set(CURLOPT_WRITEFUNCTION, &OnBody);
  Set(CURLOPT_WRITEDATA, &receiver);
  Set(CURLOPT_HEADERFUNCTION, &OnHeader);
  Set(CURLOPT_HEADERDATA, &receiver);
  SetMethod(request);
  SetHeaders(request, url);
  SetTls(request.tls, url);
}

std::optional<CURLcode> HttpClient::Impl::Run(const std::atomic<bool>* abort) {
  std::optional<CURLcode> result;
  if (curl_multi_add_handle(multi, easy) != CURLM_OK) return CURLE_FAILED_INIT;
  for (int running = 1; running > 0;) {
    if (abort != nullptr && abort->load(std::memory_order_relaxed)) break;
    CURLMcode code = curl_multi_perform(multi, &running);
    if (code == CURLM_OK && running > 0) {
      code = curl_multi_poll(multi, nullptr, 0, abort != nullptr ? kAbortPollMs : 1000, nullptr);
    }
    if (code != CURLM_OK) {
      result = CURLE_FAILED_INIT;
      break;
    }
  }
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) result = message->data.result;
  }
  curl_multi_remove_handle(multi, easy);
  return result;
}

Error HttpClient::Impl::Explain(CURLcode code, const ClientRequest& request,
                                const UrlParts& url) const {
  const std::string peer = url.host_port();
  const std::string words = detail[0] != '\0' ? detail : curl_easy_strerror(code);
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {Code::kUnavailable,
              fmt::format("cannot find the host \"{}\": the name does not resolve", url.host)};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {Code::kUnavailable, "cannot find the proxy: " + words};
    case CURLE_COULDNT_CONNECT: {
      long os_error = 0;
      curl_easy_getinfo(easy, CURLINFO_OS_ERRNO, &os_error);
      return {Code::kUnavailable, fmt::format("cannot connect to {}: {}", peer,
                                              os_error != 0 ? OsErrorText(os_error) : words)};
    }
    case CURLE_OPERATION_TIMEDOUT: {
      double connected = 0;
      curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME, &connected);
      return {Code::kDeadline, connected > 0 ? fmt::format("{} did not answer within {} ms", peer,
                                                           Milliseconds(request.timeout_ns))
                                             : fmt::format("cannot connect to {} in time", peer)};
    }
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_PARTIAL_FILE:
      return {
          Code::kUnavailable,
          fmt::format("{} closed the connection before its answer was complete ({})", peer, words)};
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
      return {Code::kUnavailable, fmt::format("no TLS connection to {}: {}", peer, words)};
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_URL_MALFORMAT:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_FUNCTION_ARGUMENT:
      return {Code::kInvalidArgument, words};
    case CURLE_BAD_CONTENT_ENCODING:
      return {Code::kCorrupt, fmt::format("the answer of {} cannot be unpacked: {}", peer, words)};
    default:
      return {Code::kUnavailable, fmt::format("the request to {} failed: {}", peer, words)};
  }
}

HttpClient::HttpClient() : impl_(std::make_unique<Impl>()) {}
HttpClient::~HttpClient() = default;

Result<ClientResponse> HttpClient::Do(const ClientRequest& request) {
  Impl& impl = *impl_;
  if (impl.easy == nullptr || impl.multi == nullptr) {
    return Fail(Code::kInternal, "libcurl does not start");
  }
  NARFI_ASSIGN(const UrlParts url, SplitUrl(request.url));
  Receiver receiver;
  impl.SetUp(request, url, receiver);
  if (impl.failed) return Fail(Code::kInvalidArgument, *impl.failed);
  const std::optional<CURLcode> code = impl.Run(request.abort);
  if (!code) return Fail(Code::kCancelled, "the request to " + url.host_port() + " was cancelled");
  if (receiver.too_large) {
    return Fail(Code::kLimit, fmt::format("the answer of {} is longer than {} bytes",
                                          url.host_port(), request.max_response_bytes));
  }
  if (*code != CURLE_OK) return tl::unexpected<Error>(impl.Explain(*code, request, url));
  long status = 0;
  curl_easy_getinfo(impl.easy, CURLINFO_RESPONSE_CODE, &status);
  receiver.response.status = static_cast<int>(status);
  return std::move(receiver.response);
}

}  // namespace narfi::net
