// A bare TCP client for tests: says exactly the bytes it is told to, and reads what comes.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace narfi::net {

class RawClient {
 public:
  explicit RawClient(uint16_t port, bool ipv6 = false) {
    if (ipv6) {
      sockaddr_in6 address{};
      address.sin6_family = AF_INET6;
      address.sin6_addr = in6addr_loopback;
      address.sin6_port = htons(port);
      Connect(AF_INET6, &address, sizeof address);
    } else {
      sockaddr_in address{};
      address.sin_family = AF_INET;
      address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
      address.sin_port = htons(port);
      Connect(AF_INET, &address, sizeof address);
    }
  }
  ~RawClient() { Close(); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool connected() const { return fd_ >= 0; }

  // False when the server does not take it.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Reads until `text` has come, the server closes, or nothing came for `patience_ms`.
  std::string ReadUntil(std::string_view text, int patience_ms = 5000) {
    std::string out;
    while (text.empty() || out.find(text) == std::string::npos) {
      if (!ReadSome(out, patience_ms)) break;
    }
    return out;
  }
  // Everything up to the end of the connection.
  std::string ReadAll(int patience_ms = 5000) { return ReadUntil({}, patience_ms); }
  // True when the server has closed (or reset) the connection within `patience_ms`.
  bool ClosedWithin(int patience_ms) {
    std::string ignored;
    while (ReadSome(ignored, patience_ms)) {
    }
    return closed_;
  }

  void ShutdownSend() { shutdown(fd_, SHUT_WR); }
  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }

 private:
  void Connect(int family, const void* address, socklen_t size) {
    fd_ = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd_, static_cast<const sockaddr*>(address), size) != 0) Close();
  }

  bool ReadSome(std::string& out, int patience_ms) {
    pollfd waiting{fd_, POLLIN, 0};
    if (poll(&waiting, 1, patience_ms) != 1) return false;
    char room[64 << 10];
    const ssize_t count = recv(fd_, room, sizeof room, 0);
    if (count <= 0) {
      closed_ = true;
      return false;
    }
    out.append(room, static_cast<size_t>(count));
    return true;
  }

  int fd_ = -1;
  bool closed_ = false;
};

}  // namespace narfi::net
