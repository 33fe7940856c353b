#include "line/template/decimal.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <cmath>

#include "line/template/go_float.h"

namespace narfi::line::tmpl {
namespace {

constexpr uint32_t kBase = 1'000'000'000;
constexpr int kQuotientDigits = 16;

}  // namespace

void Decimal::Trim(Limbs& limbs) {
  while (!limbs.empty() && limbs.back() == 0) limbs.pop_back();
}

int Decimal::Compare(const Limbs& a, const Limbs& b) {
  if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  for (size_t i = a.size(); i-- > 0;) {
    if (a[i] != b[i]) return a[i] < b[i] ? -1 : 1;
  }
  return 0;
}

Decimal::Limbs Decimal::Add(const Limbs& a, const Limbs& b) {
  Limbs out;
  uint32_t carry = 0;
  for (size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
    const uint32_t sum = (i < a.size() ? a[i] : 0) + (i < b.size() ? b[i] : 0) + carry;
    carry = sum >= kBase ? 1 : 0;
    out.push_back(sum - (carry > 0 ? kBase : 0));
  }
  return out;
}

Decimal::Limbs Decimal::Subtract(const Limbs& a, const Limbs& b) {
  Limbs out;
  int64_t borrow = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    int64_t rest = static_cast<int64_t>(a[i]) - (i < b.size() ? b[i] : 0) - borrow;
    borrow = rest < 0 ? 1 : 0;
    if (rest < 0) rest += kBase;
    out.push_back(static_cast<uint32_t>(rest));
  }
  Trim(out);
  return out;
}

Decimal::Limbs Decimal::Multiply(const Limbs& a, const Limbs& b) {
  Limbs out(a.size() + b.size(), 0);
  for (size_t i = 0; i < a.size(); ++i) {
    uint64_t carry = 0;
    for (size_t k = 0; k < b.size() || carry > 0; ++k) {
      const uint64_t sum =
          out[i + k] + carry + (k < b.size() ? static_cast<uint64_t>(a[i]) * b[k] : 0);
      out[i + k] = static_cast<uint32_t>(sum % kBase);
      carry = sum / kBase;
    }
  }
  Trim(out);
  return out;
}

Decimal::Limbs Decimal::PowerOf10(int power) {
  Limbs out(static_cast<size_t>(power / 9), 0);
  uint32_t top = 1;
  for (int i = 0; i < power % 9; ++i) top *= 10;
  out.push_back(top);
  return out;
}

// Long division; each limb of the quotient is found by halving, which is slow and plain.
Decimal::Limbs Decimal::Divide(const Limbs& a, const Limbs& b, Limbs& rest) {
  Limbs quotient(a.size(), 0);
  rest.clear();
  for (size_t i = a.size(); i-- > 0;) {
    rest.insert(rest.begin(), a[i]);
    Trim(rest);
    uint32_t low = 0;
    uint32_t high = kBase - 1;
    while (low < high) {
      const uint32_t middle = low + (high - low + 1) / 2;
      if (Compare(Multiply(b, {middle}), rest) <= 0) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    quotient[i] = low;
    if (low > 0) rest = Subtract(rest, Multiply(b, {low}));
  }
  Trim(quotient);
  return quotient;
}

Result<Decimal> Decimal::FromFloat(double value) {
  if (!std::isfinite(value)) {
    return Fail(Code::kInvalidArgument,
                "Cannot create a Decimal from " + FormatGoFloat(value, 'g', -1));
  }
  Decimal out;
  if (value == 0) return out;
  std::string text = FormatGoFloat(std::fabs(value), 'e', -1);
  const size_t mark = text.find('e');
  out.exponent_ = std::atoi(text.c_str() + mark + 1);
  text.resize(mark);
  if (const size_t point = text.find('.'); point != std::string::npos) {
    out.exponent_ -= static_cast<int>(text.size() - point - 1);
    text.erase(point, 1);
  }
  for (size_t end = text.size(); end > 0;) {
    const size_t begin = end > 9 ? end - 9 : 0;
    out.limbs_.push_back(static_cast<uint32_t>(std::stoul(text.substr(begin, end - begin))));
    end = begin;
  }
  Trim(out.limbs_);
  out.negative_ = value < 0;
  return out;
}

double Decimal::ToFloat() const {
  if (limbs_.empty()) return 0;
  std::string text = negative_ ? "-" : "";
  text += fmt::format("{}", limbs_.back());
  for (size_t i = limbs_.size() - 1; i-- > 0;) text += fmt::format("{:09}", limbs_[i]);
  text += fmt::format("e{}", exponent_);
  return std::strtod(text.c_str(), nullptr);
}

Decimal Decimal::Negated() const {
  Decimal out = *this;
  out.negative_ = !negative_;
  return out;
}

void Decimal::ScaleTo(int exponent) {
  limbs_ = Multiply(limbs_, PowerOf10(exponent_ - exponent));
  exponent_ = exponent;
}

Decimal Decimal::operator+(const Decimal& other) const {
  Decimal a = *this;
  Decimal b = other;
  const int exponent = std::min(a.exponent_, b.exponent_);
  a.ScaleTo(exponent);
  b.ScaleTo(exponent);
  if (a.negative_ == b.negative_) {
    a.limbs_ = Add(a.limbs_, b.limbs_);
    return a;
  }
  if (Compare(a.limbs_, b.limbs_) < 0) std::swap(a, b);
  a.limbs_ = Subtract(a.limbs_, b.limbs_);
  return a;
}

Decimal Decimal::operator*(const Decimal& other) const {
  Decimal out;
  out.limbs_ = Multiply(limbs_, other.limbs_);
  out.negative_ = negative_ != other.negative_;
  out.exponent_ = exponent_ + other.exponent_;
  return out;
}

Result<Decimal> Decimal::DividedBy(const Decimal& other) const {
  if (other.limbs_.empty()) return Fail(Code::kInvalidArgument, "decimal division by 0");
  // this / other = (a / b) * 10^-16 with whole a and b.
  const int shift = exponent_ - other.exponent_ + kQuotientDigits;
  Limbs a = limbs_;
  Limbs b = other.limbs_;
  if (shift >= 0) {
    a = Multiply(a, PowerOf10(shift));
  } else {
    b = Multiply(b, PowerOf10(-shift));
  }
  Decimal out;
  Limbs rest;
  out.limbs_ = Divide(a, b, rest);
  if (Compare(Add(rest, rest), b) >= 0) out.limbs_ = Add(out.limbs_, {1});
  out.negative_ = negative_ != other.negative_;
  out.exponent_ = -kQuotientDigits;
  return out;
}

}  // namespace narfi::line::tmpl
