#include "storage/id_dictionary.h"

#include <algorithm>

#include "base/bytes.h"
#include "storage/value_form.h"

namespace narfi::storage {
namespace {

constexpr uint64_t kPageFrameBytes = kBlockHeaderBytes + kBlockTrailerBytes;

tl::unexpected<Error> BadDictionary() {
  return Fail(Code::kCorrupt, "malformed dictionary of ids");
}

}  // namespace

BlockRef WriteIdDictionary(const HexPattern& pattern, std::string_view ids, BlockWriter& out) {
  const size_t id_bytes = pattern.id_bytes();
  const size_t page_bytes = kIdPage * id_bytes;
  std::string head;
  PutU8(head, pattern.is_upper() ? 1 : 0);
  PutString(head, pattern.pattern());
  PutVarint(head, ids.size() / id_bytes);
  for (size_t at = 0; at < ids.size(); at += page_bytes) {
    PutU64(head, IdKey(ids.substr(at, id_bytes)));
    out.Append(ids.substr(at, page_bytes), 0);
  }
  return out.Append(head, 0);
}

Result<std::shared_ptr<const IdDictionary>> IdDictionary::Open(
    std::shared_ptr<const BlockSource> source, BlockRef head, PageCache* cache) {
  std::shared_ptr<IdDictionary> made(new IdDictionary(std::move(source), cache));
  NARFI_ASSIGN(made->head_, ReadBlock(*made->source_, head));
  if (!made->ReadHead(head)) return BadDictionary();
  return std::shared_ptr<const IdDictionary>(std::move(made));
}

bool IdDictionary::ReadHead(BlockRef head) {
  ByteReader reader(head_);
  const bool is_upper = reader.U8() == 1;
  pattern_ = HexPattern(reader.String(), is_upper);
  const uint64_t count = reader.Varint();
  if (!reader.ok() || count == 0 || count > UINT32_MAX || pattern_.nibbles() == 0 ||
      pattern_.text_bytes() > kMaxHexText)
    return false;
  count_ = static_cast<uint32_t>(count);
  const uint64_t pages = (count + kIdPage - 1) / kIdPage;
  keys_ = IdPageKeys(reader.Bytes(pages * 8));
  const uint64_t bytes = count * pattern_.id_bytes() + pages * kPageFrameBytes;
  if (!reader.ok() || !reader.done() || bytes > head.offset) return false;
  first_page_ = head.offset - bytes;
  return true;
}

uint32_t IdDictionary::PageIds(uint32_t page) const {
  return static_cast<uint32_t>(std::min<uint64_t>(kIdPage, count_ - uint64_t{page} * kIdPage));
}

Result<std::shared_ptr<const std::string>> IdDictionary::Page(uint32_t number) const {
  const uint64_t id_bytes = pattern_.id_bytes();
  const BlockRef ref{first_page_ + number * (kIdPage * id_bytes + kPageFrameBytes),
                     static_cast<uint32_t>(PageIds(number) * id_bytes + kPageFrameBytes)};
  const PageKey key{source_->owner(), ref.offset};
  if (cache_ != nullptr) {
    if (auto found = cache_->Find(key)) return std::static_pointer_cast<const std::string>(found);
  }
  NARFI_ASSIGN(std::string bytes, ReadBlock(*source_, ref));
  if (bytes.size() != PageIds(number) * id_bytes) return BadDictionary();
  auto made = std::make_shared<const std::string>(std::move(bytes));
  if (cache_ != nullptr) cache_->Insert(key, made, made->size() + 128);
  return made;
}

Result<std::optional<uint32_t>> IdDictionary::Find(std::string_view id) const {
  const uint64_t key = IdKey(id);
  for (size_t page = keys_.FirstOf(key); page < keys_.pages() && keys_.At(page) <= key; ++page) {
    NARFI_ASSIGN(const auto bytes, Page(static_cast<uint32_t>(page)));
    uint32_t begin = 0;
    uint32_t end = PageIds(static_cast<uint32_t>(page));
    while (begin < end) {
      const uint32_t middle = (begin + end) / 2;
      if (std::string_view(*bytes).substr(middle * id.size(), id.size()) < id) {
        begin = middle + 1;
      } else {
        end = middle;
      }
    }
    if (begin < PageIds(static_cast<uint32_t>(page)) &&
        std::string_view(*bytes).substr(begin * id.size(), id.size()) == id)
      return static_cast<uint32_t>(page * kIdPage + begin);
  }
  return std::nullopt;
}

void IdDictionaries::Forget() const {
  if (cache_ == nullptr) return;
  for (const BlockRef head : heads_) cache_->Forget(KeyOf(head));
}

Result<std::shared_ptr<const IdDictionary>> IdDictionaries::Get(uint32_t number) const {
  if (number >= heads_.size()) return BadDictionary();
  const PageKey key = KeyOf(heads_[number]);
  if (cache_ != nullptr) {
    if (auto found = cache_->Find(key)) return std::static_pointer_cast<const IdDictionary>(found);
  }
  NARFI_ASSIGN(auto made, IdDictionary::Open(source_, heads_[number], cache_));
  if (cache_ != nullptr) cache_->Insert(key, made, made->bytes());
  return made;
}

}  // namespace narfi::storage
