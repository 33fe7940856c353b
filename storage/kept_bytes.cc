#include "storage/kept_bytes.h"

#include "storage/pack.h"

namespace narfi::storage {

KeptBytes::KeptBytes(std::string_view text) : is_packed_(AppendPacked(bytes_, text, 1)) {
  if (!is_packed_) bytes_ = text;
  bytes_.shrink_to_fit();
}

Result<std::shared_ptr<const std::string>> KeptBytes::Unpacked() const {
  if (!is_packed_) return std::make_shared<const std::string>(bytes_);
  std::string out(UnpackedBytes(bytes_), '\0');
  if (!Unpack(bytes_, out)) return Fail(Code::kCorrupt, "malformed bytes in memory");
  return std::make_shared<const std::string>(std::move(out));
}

}  // namespace narfi::storage
