// The sources behind members of a zip archive: deflated or stored bytes that prove their size and
// CRC-32 at the end.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "penstock/base/byte_source.h"

namespace penstock::detail {

/// What a member's bytes must turn out to be.
struct MemberFacts {
  std::string shown_name;  ///< stands in front of errors
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
};

/// CRC-32 as zip uses it, continued from `crc` (0 at the start).
std::uint32_t crc32(std::uint32_t crc, std::string_view bytes);

/// An error of kind `archive_damaged`.
Error archive_damaged(std::string_view shown_name, std::string_view reason);

/// Unpack raw deflate data; it is never asked for more than `facts.size` bytes.
std::unique_ptr<ByteSource> make_inflate_source(std::string_view packed, MemberFacts facts);
/// Pass bytes on as they are.
std::unique_ptr<ByteSource> make_stored_source(std::string_view bytes, MemberFacts facts);

}  // namespace penstock::detail
