// Columns whose values all have one form and no columns inside: numbers, times, ids, text.
//
// Each makes a column of the values, or leaves it as it was when a value does not fit.
//
// Threads: pure functions.
#pragma once

#include "storage/column_encoder.h"

namespace narfi::storage {

// Integers, digits of one width, decimals or points in time, by what the first value looks like.
bool EncodeNumbers(Values values, ColumnEncoder::Times times, EncodedColumn& column);
// Hexadecimal digits at the same places; sorted and in pages when `sorted`: then `order` becomes,
// for each place of the column, which value is there.
bool EncodeHex(Values values, bool sorted, std::vector<uint32_t>& order, EncodedColumn& column);
void EncodeText(Values values, EncodedColumn& column);
// One that rules out texts, where it is worth its place.
void AddGramFilter(Values values, EncodedColumn& column);

}  // namespace narfi::storage
