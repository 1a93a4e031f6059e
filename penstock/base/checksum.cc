#include "penstock/base/checksum.h"

#include <fmt/format.h>
#include <isa-l/crc64.h>

namespace penstock {

std::uint64_t crc64(std::uint64_t before, std::string_view bytes) {
  return ::crc64_ecma_refl(before, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                           bytes.size());
}

std::string crc64_text(std::uint64_t crc) { return fmt::format("crc64:{:016x}", crc); }

}  // namespace penstock
