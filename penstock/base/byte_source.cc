#include "penstock/base/byte_source.h"

#include <algorithm>
#include <cstring>

#include "penstock/base/text.h"

namespace penstock {

MemorySource::MemorySource(std::string bytes) : owned_(std::move(bytes)) {}

MemorySource MemorySource::view(std::string_view bytes) {
  MemorySource source;
  source.viewed_ = bytes;
  source.is_view_ = true;
  return source;
}

MemorySource::MemorySource(MemorySource&& other) noexcept = default;

Result<std::size_t> MemorySource::read(std::span<char> into) {
  const std::string_view bytes = is_view_ ? viewed_ : std::string_view(owned_);
  const auto part = bytes.substr(at_, into.size());
  std::memcpy(into.data(), part.data(), part.size());
  at_ += part.size();
  return part.size();
}

Result<std::string> read_all(ByteSource& source, std::size_t limit) {
  constexpr std::size_t kStep = std::size_t(1) << 18;
  std::string bytes;
  for (std::size_t used = 0;;) {
    bytes.resize(std::max(bytes.size(), std::min(used + used / 2, limit) + kStep));
    const std::size_t got = PENSTOCK_TRY(source.read(std::span(bytes).subspan(used)));
    used += got;
    if (used > limit)
      return make_error(ErrorCode::Exhausted, "more than " + format_bytes(limit) + " to read");
    if (got == 0) {
      bytes.resize(used);
      return bytes;
    }
  }
}

}  // namespace penstock
