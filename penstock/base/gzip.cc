#include "penstock/base/gzip.h"

#include <isa-l.h>

#include <vector>

#include "penstock/base/narrow.h"

namespace penstock {

std::string gzip_member(std::string_view bytes) {
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  std::vector<unsigned char> room(ISAL_DEF_LVL1_DEFAULT);
  // At worst it is stored in blocks of 64 KiB with five bytes each, in a header and a trailer.
  std::string packed(bytes.size() + bytes.size() / 65535 * 5 + 64, '\0');
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 1;
  stream.level_buf = room.data();
  stream.level_buf_size = narrow<std::uint32_t>(room.size());
  stream.end_of_stream = 1;
  // ISA-L does not write to its input, but takes it as a pointer to mutable bytes.
  stream.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(bytes.data()));
  stream.avail_in = narrow<std::uint32_t>(bytes.size());
  stream.next_out = reinterpret_cast<unsigned char*>(packed.data());
  stream.avail_out = narrow<std::uint32_t>(packed.size());
  PENSTOCK_CHECK(isal_deflate_stateless(&stream) == COMP_OK, "there is room for what is packed");
  packed.resize(packed.size() - stream.avail_out);
  return packed;
}

Result<std::string> gunzip_member(std::string_view member, std::size_t limit) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  state.next_in = reinterpret_cast<unsigned char*>(const_cast<char*>(member.data()));
  state.avail_in = narrow<std::uint32_t>(member.size());
  std::string bytes(limit, '\0');
  state.next_out = reinterpret_cast<unsigned char*>(bytes.data());
  state.avail_out = narrow<std::uint32_t>(limit);
  if (isal_inflate_stateless(&state) != ISAL_DECOMP_OK)
    return make_error(ErrorCode::Corrupt, "it is not a sound gzip member");
  bytes.resize(limit - state.avail_out);
  return bytes;
}

}  // namespace penstock
