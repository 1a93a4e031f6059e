// Reads zip archives that lie in memory (a memory map, or a member of another archive).
//
// Every offset and size is checked before it is used; what does not fit is an error with kind
// `archive_damaged`. Members are streamed, so an archive of any size needs little memory, and their
// size and CRC-32 are verified. Zip64 archives are read, with bytes before and after them. A member
// that is encrypted, packed in another way or damaged is refused when it is opened; the others can
// be read. Split archives are refused.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "penstock/base/byte_source.h"
#include "penstock/base/result.h"

namespace penstock {

/// How much an archive may unpack to before it is taken for an attack or an accident. Errors name
/// the limit.
struct ZipLimits {
  std::uint64_t max_member_bytes = std::uint64_t(8) << 30;   ///< unpacked size of one member
  std::uint64_t max_ratio = 200;                             ///< unpacked to packed size …
  std::uint64_t free_member_bytes = std::uint64_t(64) << 20;  ///< … of members larger than this
  std::size_t max_members = 1'000'000;
  std::size_t max_trailing_bytes = std::size_t(1) << 20;  ///< after the archive's end
};

/// One file in an archive, as its central directory describes it.
struct ZipMember {
  std::string name;          ///< relative, with `/`, never leaving the archive
  std::uint64_t offset = 0;  ///< of the packed bytes within the archive
  std::uint64_t packed_size = 0;
  std::uint64_t size = 0;  ///< unpacked
  std::uint32_t crc = 0;   ///< CRC-32 of the unpacked bytes
  bool deflated = false;   ///< otherwise stored as it is
  std::string refused = {};  ///< why it cannot be read: `is encrypted`; empty when it can

  /// True for an entry that only names a folder.
  bool is_folder() const { return !name.empty() && name.back() == '/'; }
};

/// A zip archive over bytes that outlive it. Thread-safe once open.
class ZipArchive {
 public:
  /// Read the central directory. `shown_name` stands in front of every error message.
  static Result<ZipArchive> open(std::string_view bytes, std::string shown_name,
                                 ZipLimits limits = {});

  /// The members in the order of the central directory.
  const std::vector<ZipMember>& members() const { return members_; }
  /// The first member with this very name, or null.
  const ZipMember* find(std::string_view name) const;
  const std::string& shown_name() const { return shown_name_; }

  /// Stream a member's unpacked bytes; an error for a refused member, or one beyond the limits. The
  /// last read fails when size or CRC-32 differ from what the
  /// directory says. The source needs the archive's bytes, not the ZipArchive.
  Result<std::unique_ptr<ByteSource>> open_member(const ZipMember& member) const;
  /// Unpack a member into memory, verified.
  Result<std::string> read_member(const ZipMember& member) const;
  /// The bytes of a stored member where they lie, verified; an error for a deflated one.
  Result<std::string_view> stored_bytes(const ZipMember& member) const;

 private:
  Status check(const ZipMember& member) const;
  ZipArchive(std::string_view bytes, std::string shown_name, ZipLimits limits)
      : bytes_(bytes), shown_name_(std::move(shown_name)), limits_(limits) {}
  std::string_view bytes_;
  std::string shown_name_;
  ZipLimits limits_;
  std::vector<ZipMember> members_;
};

}  // namespace penstock
