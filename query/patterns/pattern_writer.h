// A pattern in Loki's notation, `user <_> logged in`, that `|>` finds in every line it stands for.
//
// `|>` takes each literal where it is found first, so that one must not stand inside of what the
// capture before it takes. The writer is told what a capture may take. Where a literal could be in
// there, it gives the begin of the literal to the capture, or leaves out all that follows.
//
// Threads: one at a time.
// Limits:  a pattern has at most kMaxPattern bytes and a last capture.
#pragma once

#include <bitset>
#include <string>
#include <string_view>
#include <vector>

namespace narfi::query {

constexpr size_t kMaxPattern = 4096;

// What a capture may take, which is never empty.
struct Captured {
  std::bitset<256> bytes;
  std::bitset<256> before_digits;  // of these bytes those that only come before a digit
  bool begins_with_digit = false;
  // It begins in a JSON string or array and ends with that value.
  bool is_json_end = false;
  // It takes the rest of the line.
  bool is_rest = false;
};

struct WrittenPattern {
  std::string text;
  std::vector<Captured> captures;  // what each <_> of it may take
};

// Whether the literal has the next key of a JSON object behind the end of a value, `}, "key":`,
// and begins in no string or array.
bool BringsNextKey(std::string_view literal);

class PatternWriter {
 public:
  void Literal(std::string_view text);
  void Capture(const Captured& captured);
  // Takes back a quote that the last literal ends with.
  void DropQuote();
  WrittenPattern Finish();

 private:
  struct Piece {
    std::string literal;
    bool is_capture = false;
    Captured captured;
  };
  // Literals that would be read as captures become some.
  void SplitLiterals();
  bool Put(std::string_view literal, const Captured* next);
  void WriteOpen();

  std::vector<Piece> pieces_;
  WrittenPattern out_;
  bool is_open_ = false;  // a capture is to be written
  Captured open_;
};

}  // namespace narfi::query
