// Errors as values: what may fail by input or by disk returns a Result<T>; Status is Result<void>.
//
// An Error is a code, for those who must decide, and one clear sentence, for people. Each layer
// adds its context once, in front: "segment 1f3: block 7: bad checksum".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace narfi {

enum class Code : uint8_t {
  kInvalidArgument = 1,  // the input is wrong; saying it again won't help
  kNotFound,
  kOutOfOrder,
  kCorrupt,      // bytes on disk or on the wire are not what was written
  kIo,           // the operating system said no
  kLimit,        // a stated limit was reached
  kCancelled,    // the caller went away
  kDeadline,     // the time allowed is over
  kUnavailable,  // not now; the same call may work later
  kInternal,     // Loki answers 500 here, or a promise of ours was broken
};

struct Error {
  Code code = Code::kInternal;
  std::string text;
};

template <class T>
using Result = tl::expected<T, Error>;
using Status = Result<void>;

inline tl::unexpected<Error> Fail(Code code, std::string text) {
  return tl::unexpected<Error>(Error{code, std::move(text)});
}

// The same error with `context` and a colon in front of its text.
inline tl::unexpected<Error> Wrap(std::string_view context, Error error) {
  error.text.insert(0, ": ").insert(0, context);
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace narfi

#define NARFI_CONCAT2(a, b) a##b
#define NARFI_CONCAT(a, b) NARFI_CONCAT2(a, b)
// Returns the error of `expr`, if it has one.
#define NARFI_TRY(expr)                                                    \
  do {                                                                     \
    if (auto narfi_try = (expr); !narfi_try)                               \
      return tl::unexpected<::narfi::Error>(std::move(narfi_try).error()); \
  } while (0)
// NARFI_ASSIGN(const auto x, F()): returns the error of F(), or declares x with its value.
#define NARFI_ASSIGN(decl, expr)                                                               \
  auto NARFI_CONCAT(narfi_r, __LINE__) = (expr);                                               \
  if (!NARFI_CONCAT(narfi_r, __LINE__))                                                        \
    return tl::unexpected<::narfi::Error>(std::move(NARFI_CONCAT(narfi_r, __LINE__)).error()); \
  decl = std::move(*NARFI_CONCAT(narfi_r, __LINE__))
