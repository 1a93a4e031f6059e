#include "penstock/base/zip.h"

#include <fmt/format.h>

#include <algorithm>

#include "penstock/base/inflate.h"
#include "penstock/base/text.h"
#include "penstock/base/zip_directory.h"

namespace penstock {

using detail::archive_damaged;

Result<ZipArchive> ZipArchive::open(std::string_view bytes, std::string shown_name,
                                    ZipLimits limits) {
  ZipArchive archive(bytes, std::move(shown_name), limits);
  archive.members_ = PENSTOCK_TRY(detail::read_zip_directory(bytes, archive.shown_name_, limits));
  return archive;
}

const ZipMember* ZipArchive::find(std::string_view name) const {
  const auto at = std::ranges::find(members_, name, &ZipMember::name);
  return at == members_.end() ? nullptr : &*at;
}

Status ZipArchive::check(const ZipMember& member) const {
  if (!member.refused.empty())
    return archive_damaged(shown_name_,
                           fmt::format("member {} {}", quote(member.name), member.refused));
  const auto shown = fmt::format("{}: member {}", shown_name_, quote(member.name));
  if (member.size > limits_.max_member_bytes)
    return archive_damaged(
        shown, fmt::format("would unpack to {}, more than the limit of {} (max_member_bytes)",
                           format_bytes(member.size), format_bytes(limits_.max_member_bytes)));
  if (member.size > limits_.free_member_bytes &&
      member.size / std::max<std::uint64_t>(limits_.max_ratio, 1) > member.packed_size)
    return archive_damaged(
        shown, fmt::format("would unpack to {}, more than {} times its packed size (max_ratio)",
                           format_bytes(member.size), limits_.max_ratio));
  return {};
}

Result<std::unique_ptr<ByteSource>> ZipArchive::open_member(const ZipMember& member) const {
  PENSTOCK_TRY(check(member));
  detail::MemberFacts facts{fmt::format("{}: member {}", shown_name_, quote(member.name)),
                            member.size, member.crc};
  const auto packed = bytes_.substr(member.offset, member.packed_size);
  return member.deflated ? detail::make_inflate_source(packed, std::move(facts))
                         : detail::make_stored_source(packed, std::move(facts));
}

Result<std::string> ZipArchive::read_member(const ZipMember& member) const {
  auto source = PENSTOCK_TRY(open_member(member));
  return read_all(*source, member.size);
}

Result<std::string_view> ZipArchive::stored_bytes(const ZipMember& member) const {
  PENSTOCK_TRY(check(member));
  const auto bytes = bytes_.substr(member.offset, member.packed_size);
  const std::string shown = fmt::format("{}: member {}", shown_name_, quote(member.name));
  if (member.deflated)
    return make_error(ErrorCode::Refused, shown + " is deflated; read_member() unpacks it");
  if (detail::crc32(0, bytes) != member.crc) return archive_damaged(shown, "crc-32 differs");
  return bytes;
}

}  // namespace penstock
