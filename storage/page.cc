#include "storage/page.h"

#include <unordered_map>

#include "base/bytes.h"

namespace narfi::storage {
namespace {

tl::unexpected<Error> BadPage(std::string_view what) {
  return Fail(Code::kCorrupt, "malformed page of " + std::string(what));
}

std::string EncodeSet(std::span<const MetadataPair> pairs) {
  std::string out;
  PutVarint(out, pairs.size());
  for (const MetadataPair& pair : pairs) {
    PutString(out, pair.name);
    PutString(out, pair.value);
  }
  return out;
}

bool ReadSets(ByteReader& reader, MetadataPage& page) {
  const uint64_t sets = reader.Count();
  page.set_offsets.reserve(sets + 1);
  page.set_offsets.push_back(0);
  for (uint64_t i = 0; i < sets && reader.ok(); ++i) {
    const uint64_t pairs = reader.Count(2);
    for (uint64_t j = 0; j < pairs && reader.ok(); ++j) {
      const std::string_view name = reader.String();
      page.pairs.push_back({name, reader.String()});
    }
    page.set_offsets.push_back(static_cast<uint32_t>(page.pairs.size()));
  }
  return reader.ok();
}

}  // namespace

std::string EncodeTimes(std::span<const int64_t> times) {
  std::string out;
  out.reserve(times.size() * 5);
  int64_t previous = 0;
  for (const int64_t time : times) {
    // Wrapping arithmetic: the distance of two int64 may not fit one.
    PutSigned(out,
              static_cast<int64_t>(static_cast<uint64_t>(time) - static_cast<uint64_t>(previous)));
    previous = time;
  }
  return out;
}

std::string EncodeMetadata(std::span<const MetadataPair> pairs, std::span<const uint32_t> offsets) {
  std::unordered_map<std::string, uint32_t> known;
  std::string sets;
  std::string rows;
  for (size_t i = 0; i + 1 < offsets.size(); ++i) {
    std::string set = EncodeSet(pairs.subspan(offsets[i], offsets[i + 1] - offsets[i]));
    const auto [it, is_new] =
        known.try_emplace(std::move(set), static_cast<uint32_t>(known.size()));
    if (is_new) sets += it->first;
    PutVarint(rows, it->second);
  }
  std::string out;
  PutVarint(out, known.size());
  return out + sets + rows;
}

Result<std::shared_ptr<const TimePage>> DecodeTimes(std::string_view payload, uint32_t rows) {
  ByteReader reader(payload);
  if (rows > payload.size()) return BadPage("times");
  auto page = std::make_shared<TimePage>();
  page->times.reserve(rows);
  uint64_t time = 0;
  for (uint32_t i = 0; i < rows; ++i) {
    time += static_cast<uint64_t>(reader.Signed());
    page->times.push_back(static_cast<int64_t>(time));
  }
  if (!reader.ok() || !reader.done()) return BadPage("times");
  return page;
}

Result<std::shared_ptr<const MetadataPage>> DecodeMetadata(std::string payload, uint32_t rows) {
  auto page = std::make_shared<MetadataPage>();
  page->text = std::move(payload);
  ByteReader reader(page->text);
  if (rows > page->text.size() || !ReadSets(reader, *page)) return BadPage("metadata");
  page->row_sets.reserve(rows);
  for (uint32_t i = 0; i < rows; ++i) {
    const uint64_t set = reader.Varint();
    if (set + 1 >= page->set_offsets.size()) return BadPage("metadata");
    page->row_sets.push_back(static_cast<uint32_t>(set));
  }
  if (!reader.ok() || !reader.done()) return BadPage("metadata");
  return page;
}

}  // namespace narfi::storage
