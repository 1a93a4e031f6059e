#include "penstock/base/zip_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "penstock/base/inflate.h"
#include "penstock/base/text.h"

namespace penstock::detail {
namespace {

// Sizes of the fixed parts of the records, and their marks (APPNOTE 4.3).
constexpr std::size_t kEndSize = 22, kEnd64Size = 56, kLocatorSize = 20;
constexpr std::size_t kEntrySize = 46, kLocalSize = 30;
constexpr std::uint32_t kEndMark = 0x06054b50, kEnd64Mark = 0x06064b50, kLocatorMark = 0x07064b50;
constexpr std::uint32_t kEntryMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::size_t kLongestComment = 65535;
constexpr std::uint32_t kZip64Field = 0x0001;  // of the extra data of an entry
constexpr std::uint32_t kIn64 = 0xffffffff;    // the number stands in a zip64 record instead
constexpr unsigned kEncrypted = 1u | (1u << 6) | (1u << 13);

std::uint64_t number(std::string_view bytes, std::size_t at, int width) {
  std::uint64_t value = 0;
  for (int i = width - 1; i >= 0; --i)
    value = (value << 8) | static_cast<unsigned char>(bytes[at + std::size_t(i)]);
  return value;
}
std::uint32_t u16(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number(bytes, at, 2));
}
std::uint32_t u32(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint32_t>(number(bytes, at, 4));
}
std::uint64_t u64(std::string_view bytes, std::size_t at) { return number(bytes, at, 8); }

bool has_mark(std::string_view bytes, std::size_t at, std::size_t size, std::uint32_t mark) {
  return at <= bytes.size() && bytes.size() - at >= size && u32(bytes, at) == mark;
}

/// Where the central directory lies. Offsets count from the archive's start, which is `prefix`
/// bytes into the file: programs that unpack themselves stand before their archive.
struct Directory {
  std::uint64_t offset = 0, size = 0, count = 0, prefix = 0;
};

/// What the end records say, not checked yet.
struct EndRecords {
  Directory directory;
  std::uint64_t end = 0;  // where the directory must end
  bool is_split = false;
};

/// Reads and checks an archive's records; every error carries the archive's name.
class DirectoryReader {
 public:
  DirectoryReader(std::string_view bytes, const std::string& shown_name, const ZipLimits& limits)
      : bytes_(bytes), shown_name_(shown_name), limits_(limits) {}

  Result<std::vector<ZipMember>> read() const {
    const Directory directory = PENSTOCK_TRY(find_directory());
    std::vector<ZipMember> members;
    std::size_t at = directory.offset;
    const std::size_t end = directory.offset + directory.size;
    for (std::size_t i = 0; i < directory.count; ++i)
      members.push_back(PENSTOCK_TRY(read_entry(at, end, directory.prefix)));
    if (at != end) return damaged("the directory's size and number of members disagree");
    refuse_overlaps(members, directory.offset);
    refuse_same_names(members);
    return members;
  }

 private:
  Error damaged(std::string_view reason) const { return archive_damaged(shown_name_, reason); }

  /// The end record stands before a comment that fills the rest of the file. Where there is none
  /// such, bytes may follow, as some programs pad what they write.
  Result<Directory> find_directory() const {
    const auto last = bytes_.size() < kEndSize ? 0 : bytes_.size() - kEndSize;
    for (const bool may_trail : {false, true}) {
      const auto most = may_trail ? kLongestComment + limits_.max_trailing_bytes : kLongestComment;
      for (std::size_t back = 0; back <= std::min<std::size_t>(last, most); ++back) {
        const auto at = last - back;
        if (!has_mark(bytes_, at, kEndSize, kEndMark)) continue;
        const std::size_t comment = u16(bytes_, at + 20);
        if (comment > back) continue;
        const auto trailing = back - comment;
        if (may_trail ? trailing > limits_.max_trailing_bytes : trailing > 0) continue;
        const auto records = read_end(at);
        // The directory of an archive inside of a truncated one is not what is looked for.
        if (records.directory.prefix > 0 && has_mark(bytes_, 0, kLocalSize, kLocalMark)) continue;
        // A comment may look like a record: one that points nowhere is passed over.
        if (may_trail && !is_plausible(records)) continue;
        return check_directory(records);
      }
    }
    return damaged("no directory at its end; it is truncated or not a zip archive");
  }

  EndRecords read_end(std::size_t at) const {
    EndRecords out;
    out.end = at;
    out.directory = {.offset = u32(bytes_, at + 16),
                     .size = u32(bytes_, at + 12),
                     .count = u16(bytes_, at + 10)};
    out.is_split = u16(bytes_, at + 4) != 0 || u16(bytes_, at + 6) != 0 ||
                   u16(bytes_, at + 8) != out.directory.count;
    if (const auto at64 = find_end64(at)) read_end64(*at64, out);
    auto& [offset, size, count, prefix] = out.directory;
    if (size > out.end || offset > out.end - size) return out;
    prefix = out.end - size - offset;
    // Where other records stand between, or the offsets count the prefix, there is none.
    if (count > 0 && !has_mark(bytes_, prefix + offset, kEntrySize, kEntryMark) &&
        has_mark(bytes_, offset, kEntrySize, kEntryMark))
      prefix = 0;
    offset += prefix;
    return out;
  }

  /// Where the zip64 end record stands that belongs to an end record.
  std::optional<std::size_t> find_end64(std::size_t end) const {
    if (end < kLocatorSize || !has_mark(bytes_, end - kLocatorSize, kLocatorSize, kLocatorMark))
      return {};
    const auto locator = end - kLocatorSize;
    const auto named = u64(bytes_, locator + 8);
    if (named < locator && has_mark(bytes_, named, kEnd64Size, kEnd64Mark)) return named;
    if (locator >= kEnd64Size && has_mark(bytes_, locator - kEnd64Size, kEnd64Size, kEnd64Mark))
      return locator - kEnd64Size;  // after a prefix
    return {};
  }

  void read_end64(std::size_t at, EndRecords& out) const {
    out.end = at;
    out.directory = {.offset = u64(bytes_, at + 48),
                     .size = u64(bytes_, at + 40),
                     .count = u64(bytes_, at + 32)};
    out.is_split = u32(bytes_, at + 16) != 0 || u32(bytes_, at + 20) != 0 ||
                   u64(bytes_, at + 24) != out.directory.count;
  }

  bool is_plausible(const EndRecords& records) const {
    const auto& [offset, size, count, prefix] = records.directory;
    if (size > records.end || offset > records.end - size || records.is_split) return false;
    return count == 0 ? size == 0 : has_mark(bytes_, offset, kEntrySize, kEntryMark);
  }

  Result<Directory> check_directory(const EndRecords& records) const {
    const auto& [offset, size, count, prefix] = records.directory;
    if (records.is_split) return damaged("one part of a split archive");
    if (size > records.end || offset > records.end - size)
      return damaged("the directory lies outside of it");
    if (count > size / kEntrySize)
      return damaged(fmt::format("a directory of {} bytes cannot list {} members", size, count));
    if (count > limits_.max_members)
      return damaged(fmt::format("lists {} members, more than the limit of {} (max_members)", count,
                                 limits_.max_members));
    return records.directory;
  }

  Result<ZipMember> read_entry(std::size_t& at, std::size_t end, std::uint64_t prefix) const {
    if (end - at < kEntrySize || u32(bytes_, at) != kEntryMark)
      return damaged("its directory is damaged");
    const std::size_t name_size = u16(bytes_, at + 28), extra_size = u16(bytes_, at + 30);
    const std::size_t entry_size = kEntrySize + name_size + extra_size + u16(bytes_, at + 32);
    if (end - at < entry_size) return damaged("its directory is truncated");
    ZipMember member;
    member.name = bytes_.substr(at + kEntrySize, name_size);
    member.crc = u32(bytes_, at + 16);
    member.packed_size = u32(bytes_, at + 20);
    member.size = u32(bytes_, at + 24);
    member.offset = u32(bytes_, at + 42);
    const unsigned flags = u16(bytes_, at + 8), method = u16(bytes_, at + 10);
    member.deflated = method == 8;
    member.refused = problem_of_name(member.name);
    if (member.refused.empty())
      member.refused = read_zip64(member, bytes_.substr(at + kEntrySize + name_size, extra_size));
    if (member.refused.empty()) member.refused = problem_of_kind(member, flags, method);
    if (member.refused.empty()) member.refused = find_data(member, method, prefix);
    at += entry_size;
    return member;
  }

  static std::string problem_of_name(std::string_view name) {
    if (name.empty()) return "has no name";
    if (name.find('\0') != name.npos || name.find('\\') != name.npos)
      return "has a forbidden character in its name";
    bool leaves = name.front() == '/';
    for (const auto& part : split(name, '/')) leaves = leaves || part == "..";
    return leaves ? "would leave the archive" : "";
  }

  /// Sizes and offset from the zip64 field of an entry: those that do not fit into the entry, in
  /// this order.
  static std::string read_zip64(ZipMember& member, std::string_view extra) {
    if (member.size != kIn64 && member.packed_size != kIn64 && member.offset != kIn64) return {};
    while (extra.size() >= 4) {
      const auto size = std::min<std::size_t>(u16(extra, 2), extra.size() - 4);
      const auto field = extra.substr(4, size);
      if (u16(extra, 0) == kZip64Field) {
        std::size_t at = 0;
        for (auto* value : {&member.size, &member.packed_size, &member.offset}) {
          if (*value != kIn64) continue;
          if (field.size() - at < 8) return "has a damaged zip64 field";
          *value = u64(field, at);
          at += 8;
        }
        return {};
      }
      extra.remove_prefix(4 + size);
    }
    return {};  // just as large as that
  }

  static std::string problem_of_kind(const ZipMember& member, unsigned flags, unsigned method) {
    if (flags & kEncrypted) return "is encrypted";
    if (method != 0 && method != 8)
      return fmt::format("is packed by method {}; expected stored or deflate", method);
    if (!member.deflated && member.packed_size != member.size)
      return "is stored but has two sizes";
    return {};
  }

  /// Turn the offset of the member's local header into that of its data.
  std::string find_data(ZipMember& member, unsigned method, std::uint64_t prefix) const {
    if (member.offset > bytes_.size() ||
        !has_mark(bytes_, member.offset + prefix, kLocalSize, kLocalMark))
      return "has no header where the directory says";
    const std::size_t at = member.offset + prefix;
    const std::size_t name_size = u16(bytes_, at + 26);
    const std::size_t data = at + kLocalSize + name_size + u16(bytes_, at + 28);
    if (data > bytes_.size() || bytes_.size() - data < member.packed_size)
      return "lies partly outside of the archive";
    if (bytes_.substr(at + kLocalSize, name_size) != member.name || u16(bytes_, at + 8) != method)
      return "is described differently by its header and the directory";
    if (u16(bytes_, at + 6) & kEncrypted) return "is encrypted";
    member.offset = data;
    return {};
  }

  /// Members that share bytes unpack to more than the archive can hold: none of them is read.
  static void refuse_overlaps(std::vector<ZipMember>& members, std::uint64_t directory) {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < members.size(); ++i)
      if (members[i].refused.empty()) order.push_back(i);
    std::ranges::sort(order, {}, [&](std::size_t i) { return members[i].offset; });
    std::uint64_t end = 0;
    ZipMember* longest = nullptr;  // the member that ends there
    for (const std::size_t i : order) {
      auto& member = members[i];
      if (member.offset < end + kLocalSize + member.name.size()) {
        member.refused = "overlaps another member";
        if (longest != nullptr && longest->refused.empty()) longest->refused = member.refused;
      } else if (member.offset + member.packed_size > directory) {
        member.refused = "overlaps the directory";
      }
      if (member.offset + member.packed_size < end) continue;
      end = member.offset + member.packed_size;
      longest = &member;
    }
  }

  static void refuse_same_names(std::vector<ZipMember>& members) {
    std::vector<ZipMember*> order;
    for (auto& member : members) order.push_back(&member);
    const auto name_of = [](const ZipMember* member) -> const std::string& { return member->name; };
    std::ranges::sort(order, {}, name_of);
    for (std::size_t i = 1; i < order.size(); ++i)
      if (order[i]->name == order[i - 1]->name)
        for (auto* member : {order[i - 1], order[i]})
          if (member->refused.empty()) member->refused = "is listed twice";
  }

  std::string_view bytes_;
  const std::string& shown_name_;
  const ZipLimits& limits_;
};

}  // namespace

Result<std::vector<ZipMember>> read_zip_directory(std::string_view bytes,
                                                  const std::string& shown_name,
                                                  const ZipLimits& limits) {
  return DirectoryReader(bytes, shown_name, limits).read();
}

}  // namespace penstock::detail
