// The buffers that bodies are unpacked into, one kept by each thread from push to push: its pages
// are there already, and what is written over needs no clearing first.
//
// Threads: each has its own. With sanitizers nothing is kept, so that views that outlive their text
//          are found.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace narfi::ingest {

// The results have kBodySlack bytes of capacity to spare, for readers that look ahead.
constexpr size_t kBodySlack = 64;

// A string of so many bytes, which may be anything.
std::string TakeText(size_t bytes);

struct KeepText {
  void operator()(std::string* text) const;
};

// A buffer that never moves when its owner does (a short std::string would).
using StableText = std::unique_ptr<std::string, KeepText>;

inline StableText MakeStable(std::string text) {
  return StableText(new std::string(std::move(text)));
}

}  // namespace narfi::ingest
