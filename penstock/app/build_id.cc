#include "penstock/app/build_id.h"

#include <elf.h>
#include <fmt/format.h>
#include <link.h>

#include <cstring>
#include <string_view>

namespace penstock {
namespace {

std::size_t aligned(std::size_t size) { return (size + 3) & ~std::size_t(3); }

// Notes are a header, a name and a description, the latter two filled up to words.
std::string id_in_notes(std::string_view notes) {
  while (notes.size() >= sizeof(ElfW(Nhdr))) {
    ElfW(Nhdr) header;
    std::memcpy(&header, notes.data(), sizeof header);
    const auto description = sizeof header + aligned(header.n_namesz);
    const auto next = description + aligned(header.n_descsz);
    if (next > notes.size()) return {};
    const auto name = notes.substr(sizeof header, header.n_namesz);
    if (header.n_type == NT_GNU_BUILD_ID && name == std::string_view("GNU", 4)) {
      std::string id;
      for (const char byte : notes.substr(description, header.n_descsz))
        id += fmt::format("{:02x}", static_cast<unsigned char>(byte));
      return id;
    }
    notes.remove_prefix(next);
  }
  return {};
}

// The first object that the loader names is the program itself.
int visit_program(dl_phdr_info* info, std::size_t, void* found) {
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& header = info->dlpi_phdr[i];
    if (header.p_type != PT_NOTE) continue;
    const auto* start = reinterpret_cast<const char*>(info->dlpi_addr + header.p_vaddr);
    auto id = id_in_notes({start, header.p_memsz});
    if (!id.empty()) *static_cast<std::string*>(found) = std::move(id);
  }
  return 1;
}

}  // namespace

std::string program_build_id() {
  std::string id;
  dl_iterate_phdr(visit_program, &id);
  return id;
}

}  // namespace penstock
