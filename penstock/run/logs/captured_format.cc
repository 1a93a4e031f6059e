#include "penstock/run/logs/captured_format.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>

#include "penstock/base/md5.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

constexpr std::size_t kLongestStep = 180;  // of an encoded step key in a file's name
constexpr std::size_t kHeader = 12;        // of a gzip member with an extra field
constexpr std::size_t kTrailer = 10;       // an empty block, a check sum and a size, all of nothing
constexpr std::string_view kMark = "PS";   // of our part of the extra field

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || number < 0) return {};
  return number;
}

void append_short(std::string& to, std::size_t value) {
  to.push_back(char(value & 0xff));
  to.push_back(char(value >> 8 & 0xff));
}

Error no_index() {
  return make_error(ErrorCode::Corrupt, "it does not end with an index of its lines");
}

}  // namespace

std::filesystem::path captured_folder(const std::filesystem::path& home, const RunId& run) {
  return home / "logs" / run.to_string();
}

std::string captured_name(std::string_view step, std::int32_t attempt, OutputStream stream) {
  auto encoded = percent_encode(step);
  if (encoded.size() > kLongestStep)
    encoded = encoded.substr(0, kLongestStep - 33) + "-" + md5_hex(step);
  return fmt::format("{}.{}.{}", encoded, attempt, to_string(stream));
}

std::string segment_name(std::string_view name, std::int64_t number, std::int64_t first_line) {
  return fmt::format("{}.{}-{}", name, number, first_line);
}

std::optional<SegmentName> parse_segment_name(std::string_view file) {
  const auto dot = file.rfind('.'), dash = file.rfind('-');
  if (dot == file.npos || dash == file.npos || dash < dot) return {};
  const auto number = parse_number(file.substr(dot + 1, dash - dot - 1));
  const auto line = parse_number(file.substr(dash + 1));
  if (!number || !line) return {};
  return SegmentName{std::string(file.substr(0, dot)), *number, *line};
}

std::string encode_index(const std::vector<CapturedChunk>& chunks) {
  const std::uint64_t size = chunks.size() * sizeof(CapturedChunk) + sizeof(std::uint64_t);
  std::string member("\x1f\x8b\x08\x04\x00\x00\x00\x00\x00\xff", 10);
  append_short(member, 4 + size);
  member += kMark;
  append_short(member, size);
  member.append(reinterpret_cast<const char*>(chunks.data()),
                chunks.size() * sizeof(CapturedChunk));
  member.append(reinterpret_cast<const char*>(&size), sizeof size);
  return member + std::string("\x03\x00\x00\x00\x00\x00\x00\x00\x00\x00", kTrailer);
}

Result<std::vector<CapturedChunk>> decode_index(std::string_view file, std::uint64_t& end) {
  std::uint64_t size = 0;
  if (file.size() < kHeader + 4 + sizeof size + kTrailer) return no_index();
  const auto at = file.size() - kTrailer;
  std::memcpy(&size, file.data() + at - sizeof size, sizeof size);
  if (size < sizeof size || (size - sizeof size) % sizeof(CapturedChunk) != 0 ||
      size + 4 + kHeader > at || file.substr(at - size - 4, 2) != kMark)
    return no_index();
  end = at - size - 4 - kHeader;
  std::vector<CapturedChunk> chunks((size - sizeof size) / sizeof(CapturedChunk));
  std::memcpy(chunks.data(), file.data() + at - size, chunks.size() * sizeof(CapturedChunk));
  for (std::size_t i = 0; i < chunks.size(); ++i)
    if (chunks[i].offset > end || (i > 0 && chunks[i].offset <= chunks[i - 1].offset))
      return no_index();
  return chunks;
}

}  // namespace penstock
