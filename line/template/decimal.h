// Decimal numbers of any size, for addf, subf, mulf and divf, which do not count in binary.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace narfi::line::tmpl {

// digits * 10^exponent.
class Decimal {
 public:
  // The fewest digits that stand for the float; NaN and infinities are an error.
  static Result<Decimal> FromFloat(double value);
  double ToFloat() const;

  Decimal operator+(const Decimal& other) const;
  Decimal operator-(const Decimal& other) const { return *this + other.Negated(); }
  Decimal operator*(const Decimal& other) const;
  // 16 digits behind the point, halves away from zero. An error for a divisor of 0.
  Result<Decimal> DividedBy(const Decimal& other) const;

  // Of its digits, about.
  size_t size() const { return limbs_.size(); }

 private:
  using Limbs = std::vector<uint32_t>;  // base 1e9, least first, no zeros at the end

  Decimal Negated() const;
  void ScaleTo(int exponent);  // not above the present one

  static int Compare(const Limbs& a, const Limbs& b);
  static Limbs Add(const Limbs& a, const Limbs& b);
  static Limbs Subtract(const Limbs& a, const Limbs& b);  // a >= b
  static Limbs Multiply(const Limbs& a, const Limbs& b);
  static Limbs PowerOf10(int power);
  static Limbs Divide(const Limbs& a, const Limbs& b, Limbs& rest);
  static void Trim(Limbs& limbs);

  bool negative_ = false;
  Limbs limbs_;
  int exponent_ = 0;
};

}  // namespace narfi::line::tmpl
