// The ranges of texts in a footer, within bounds.
#include "penstock/base/utf8.h"
#include "penstock/frame/detail/parquet_format.h"

namespace penstock::detail {
namespace {

constexpr char32_t kLastCode = 0x10FFFF;

/// The longest prefix of whole characters that has at most kMaxRangeBytes bytes.
std::string_view prefix_of(std::string_view text) {
  std::size_t end = 0;
  for (std::size_t size = 0; end < text.size(); end += size) {
    size = utf8_size(text, end);
    if (end + size > kMaxRangeBytes) break;
  }
  return text.substr(0, end);
}

void append_character(std::string& out, char32_t code) {
  const auto tail = [&](int shift) { out += char(0x80 | ((code >> shift) & 0x3f)); };
  if (code < 0x80) {
    out += char(code);
  } else if (code < 0x800) {
    out += char(0xc0 | (code >> 6));
    tail(0);
  } else if (code < 0x10000) {
    out += char(0xe0 | (code >> 12));
    tail(6), tail(0);
  } else {
    out += char(0xf0 | (code >> 18));
    tail(12), tail(6), tail(0);
  }
}

/// The next character in the order of bytes, which is that of the numbers of characters.
char32_t next_code(char32_t code) { return code == 0xD7FF ? 0xE000 : code + 1; }

/// A short text that is greater than all that start with `prefix`; nothing when there is none.
std::optional<std::string> raised(std::string_view prefix) {
  while (!prefix.empty()) {
    std::size_t last = prefix.size() - 1;
    while ((prefix[last] & 0xc0) == 0x80) --last;
    const auto code = utf8_code(prefix.substr(last));
    prefix = prefix.substr(0, last);
    if (code == kLastCode) continue;
    std::string text(prefix);
    append_character(text, next_code(code));
    return text;
  }
  return {};
}

void drop_range(ChunkMeta& chunk) {
  chunk.min.reset();
  chunk.max.reset();
}

}  // namespace

void bound_range(ChunkMeta& chunk) {
  if (chunk.type != std::int32_t(PhysicalType::ByteArray)) return;
  // Readers take a chunk with one of them for one that has both.
  if (!chunk.min || !chunk.max) return drop_range(chunk);
  const bool is_long = chunk.min->size() > kMaxRangeBytes || chunk.max->size() > kMaxRangeBytes;
  if (!is_long) return;
  if (!is_utf8(*chunk.min) || !is_utf8(*chunk.max)) return drop_range(chunk);
  if (chunk.min->size() > kMaxRangeBytes) {
    chunk.min = std::string(prefix_of(*chunk.min));
    chunk.min_is_exact = false;
  }
  if (chunk.max->size() > kMaxRangeBytes) {
    chunk.max = raised(prefix_of(*chunk.max));
    chunk.max_is_exact = false;
    if (!chunk.max) drop_range(chunk);
  }
}

}  // namespace penstock::detail
