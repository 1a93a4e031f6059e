#include "penstock/base/zip.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "penstock/base/inflate.h"
#include "penstock/base/text.h"

namespace penstock {
namespace {

using detail::archive_damaged;

// Sizes of the fixed parts of the three records, and where their fields stand (APPNOTE 4.3).
constexpr std::size_t kEndSize = 22, kEntrySize = 46, kLocalSize = 30;
constexpr std::uint32_t kEndMark = 0x06054b50, kEntryMark = 0x02014b50, kLocalMark = 0x04034b50;
constexpr std::uint32_t kZip64Mark = 0x07064b50;
constexpr unsigned kEncrypted = 1u | (1u << 6) | (1u << 13);

std::uint32_t number(std::string_view bytes, std::size_t at, int width) {
  std::uint32_t value = 0;
  for (int i = width - 1; i >= 0; --i)
    value = (value << 8) | static_cast<unsigned char>(bytes[at + std::size_t(i)]);
  return value;
}
std::uint32_t u16(std::string_view bytes, std::size_t at) { return number(bytes, at, 2); }
std::uint32_t u32(std::string_view bytes, std::size_t at) { return number(bytes, at, 4); }

/// Where the central directory lies.
struct Directory {
  std::size_t offset = 0, size = 0, count = 0;
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
      members.push_back(PENSTOCK_TRY(read_entry(at, end)));
    if (at != end) return damaged("the directory's size and number of members disagree");
    PENSTOCK_TRY(check_overlaps(members, directory.offset));
    PENSTOCK_TRY(check_names(members));
    return members;
  }

 private:
  Error damaged(std::string_view reason) const { return archive_damaged(shown_name_, reason); }
  Error damaged(const ZipMember& member, std::string_view reason) const {
    return damaged(fmt::format("member {} {}", quote(member.name), reason));
  }

  /// The end record stands before a comment of at most 64 KiB that fills the rest of the archive.
  Result<Directory> find_directory() const {
    const std::size_t last = bytes_.size() < kEndSize ? 0 : bytes_.size() - kEndSize;
    for (std::size_t back = 0;
         bytes_.size() >= kEndSize && back <= std::min(last, std::size_t(65535)); ++back) {
      const std::size_t at = last - back;
      if (u32(bytes_, at) == kEndMark && u16(bytes_, at + 20) == back) return read_end(at);
    }
    return damaged("no directory at its end; it is truncated or not a zip archive");
  }

  Result<Directory> read_end(std::size_t at) const {
    const std::size_t count = u16(bytes_, at + 10);
    const std::size_t size = u32(bytes_, at + 12), offset = u32(bytes_, at + 16);
    const bool zip64 = at >= 20 && u32(bytes_, at - 20) == kZip64Mark;
    if (zip64 || offset == 0xffffffff || size == 0xffffffff)
      return damaged("a zip64 archive, which is not supported; pack it in parts below 4 GiB");
    if (u16(bytes_, at + 4) != 0 || u16(bytes_, at + 6) != 0 || u16(bytes_, at + 8) != count)
      return damaged("one part of a split archive");
    if (size > at || offset > at - size) return damaged("the directory lies outside of it");
    if (count > size / kEntrySize || count > limits_.max_members)
      return damaged(fmt::format("a directory of {} bytes cannot list {} members", size, count));
    return Directory{offset, size, count};
  }

  Result<ZipMember> read_entry(std::size_t& at, std::size_t end) const {
    if (end - at < kEntrySize || u32(bytes_, at) != kEntryMark)
      return damaged("its directory is damaged");
    const std::size_t name_size = u16(bytes_, at + 28);
    const std::size_t entry_size =
        kEntrySize + name_size + u16(bytes_, at + 30) + u16(bytes_, at + 32);
    if (end - at < entry_size) return damaged("its directory is truncated");
    ZipMember member;
    member.name = bytes_.substr(at + kEntrySize, name_size);
    member.crc = u32(bytes_, at + 16);
    member.packed_size = u32(bytes_, at + 20);
    member.size = u32(bytes_, at + 24);
    member.offset = u32(bytes_, at + 42);
    const unsigned flags = u16(bytes_, at + 8), method = u16(bytes_, at + 10);
    PENSTOCK_TRY(check_entry(member, flags, method));
    member.deflated = method == 8;
    if (!member.deflated && member.packed_size != member.size)
      return damaged(member, "is stored but has two sizes");
    PENSTOCK_TRY(find_data(member, method));
    at += entry_size;
    return member;
  }

  Status check_entry(const ZipMember& member, unsigned flags, unsigned method) const {
    PENSTOCK_TRY(check_name(member));
    if (flags & kEncrypted) return damaged(member, "is encrypted");
    if (method != 0 && method != 8)
      return damaged(member,
                     fmt::format("is packed by method {}; expected stored or deflate", method));
    if (member.size == 0xffffffff || member.packed_size == 0xffffffff ||
        member.offset == 0xffffffff)
      return damaged(member, "has a zip64 size, which is not supported");
    return {};
  }

  Status check_name(const ZipMember& member) const {
    const std::string_view name = member.name;
    if (name.empty()) return damaged("a member has no name");
    if (name.find('\0') != name.npos || name.find('\\') != name.npos)
      return damaged(member, "has a forbidden character in its name");
    bool leaves = name.front() == '/';
    for (const auto& part : split(name, '/')) leaves = leaves || part == "..";
    if (leaves) return damaged(member, "would leave the archive");
    return {};
  }

  /// Turn the offset of the member's local header into that of its data.
  Status find_data(ZipMember& member, unsigned method) const {
    const std::size_t at = member.offset;
    if (at > bytes_.size() || bytes_.size() - at < kLocalSize || u32(bytes_, at) != kLocalMark)
      return damaged(member, "has no header where the directory says");
    const std::size_t name_size = u16(bytes_, at + 26);
    const std::size_t data = at + kLocalSize + name_size + u16(bytes_, at + 28);
    if (data > bytes_.size() || bytes_.size() - data < member.packed_size)
      return damaged(member, "lies partly outside of the archive");
    if (bytes_.substr(at + kLocalSize, name_size) != member.name || u16(bytes_, at + 8) != method)
      return damaged(member, "is described differently by its header and the directory");
    if (u16(bytes_, at + 6) & kEncrypted) return damaged(member, "is encrypted");
    member.offset = data;
    return {};
  }

  Status check_overlaps(const std::vector<ZipMember>& members, std::size_t directory) const {
    std::vector<std::size_t> order(members.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::ranges::sort(order, {}, [&](std::size_t i) { return members[i].offset; });
    std::uint64_t end = 0;
    for (const std::size_t i : order) {
      const auto& member = members[i];
      if (member.offset < end + kLocalSize + member.name.size())
        return damaged(member, "overlaps another member");
      end = member.offset + member.packed_size;
      if (end > directory) return damaged(member, "overlaps the directory");
    }
    return {};
  }

  Status check_names(const std::vector<ZipMember>& members) const {
    std::vector<const ZipMember*> order;
    for (const auto& member : members) order.push_back(&member);
    const auto name_of = [](const ZipMember* member) -> const std::string& { return member->name; };
    std::ranges::sort(order, {}, name_of);
    const auto twice = std::ranges::adjacent_find(order, {}, name_of);
    if (twice != order.end()) return damaged(**twice, "is listed twice");
    return {};
  }

  std::string_view bytes_;
  const std::string& shown_name_;
  const ZipLimits& limits_;
};

}  // namespace

Result<ZipArchive> ZipArchive::open(std::string_view bytes, std::string shown_name,
                                    ZipLimits limits) {
  ZipArchive archive(bytes, std::move(shown_name), limits);
  archive.members_ = PENSTOCK_TRY(DirectoryReader(bytes, archive.shown_name_, limits).read());
  return archive;
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto at = std::ranges::find(members_, name, &ZipMember::name);
  return at == members_.end() ? nullptr : &*at;
}

Result<std::unique_ptr<ByteSource>> ZipArchive::open_member(const ZipMember& member) const {
  detail::MemberFacts facts{fmt::format("{}: member {}", shown_name_, quote(member.name)),
                            member.size, member.crc};
  if (member.size > limits_.max_member_bytes)
    return archive_damaged(
        facts.shown_name,
        fmt::format("would unpack to {}, more than the limit of {}", format_bytes(member.size),
                    format_bytes(limits_.max_member_bytes)));
  if (member.size > (1u << 20) && member.size / limits_.max_ratio > member.packed_size)
    return archive_damaged(
        facts.shown_name,
        fmt::format("would unpack to more than {} times its size", limits_.max_ratio));
  const auto packed = bytes_.substr(member.offset, member.packed_size);
  return member.deflated ? detail::make_inflate_source(packed, std::move(facts))
                         : detail::make_stored_source(packed, std::move(facts));
}

Result<std::string> ZipArchive::read_member(const ZipMember& member) const {
  auto source = PENSTOCK_TRY(open_member(member));
  return read_all(*source, member.size);
}

Result<std::string_view> ZipArchive::stored_bytes(const ZipMember& member) const {
  const auto bytes = bytes_.substr(member.offset, member.packed_size);
  const std::string shown = fmt::format("{}: member {}", shown_name_, quote(member.name));
  if (member.deflated)
    return make_error(ErrorCode::Refused, shown + " is deflated; read_member() unpacks it");
  if (detail::crc32(0, bytes) != member.crc) return archive_damaged(shown, "crc-32 differs");
  return bytes;
}

}  // namespace penstock
