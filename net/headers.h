// The headers of a request or an answer: names and values in the order they came.
//
// Names compare without regard to ASCII case. A name may come several times; Get gives the first.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace narfi::net {

struct Header {
  std::string name;
  std::string value;
};

// True when both are equal but for ASCII case.
bool EqualsIgnoreCase(std::string_view a, std::string_view b);

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Header> list) : list_(list) {}

  void Add(std::string name, std::string value) {
    list_.push_back({std::move(name), std::move(value)});
  }
  // Replaces every header of this name by one.
  void Set(std::string_view name, std::string value);
  // The first value of `name`, or empty.
  std::string_view Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  // True when one of the comma-separated items of any `name` header is `token`, parameters aside.
  bool HasToken(std::string_view name, std::string_view token) const;

  size_t size() const { return list_.size(); }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }

 private:
  std::vector<Header> list_;
};

}  // namespace narfi::net
