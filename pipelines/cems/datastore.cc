#include "pipelines/cems/datastore.h"

#include <fmt/format.h>

#include <penstock/base/files.h>
#include <penstock/base/md5.h>

#include "pipelines/cems/errors.h"

namespace cems {

using penstock::Result;

Result<Datastore> Datastore::open(std::filesystem::path folder, penstock::ZipLimits limits) {
  const auto path = folder / "datapackage.json";
  auto text = penstock::read_file(path);
  if (!text) return std::move(text).error().within("opening the raw archives");
  return Datastore(std::move(folder), PENSTOCK_TRY(Descriptor::parse(*text)), limits);
}

Datastore::Datastore(std::filesystem::path folder, Descriptor descriptor,
                     penstock::ZipLimits limits)
    : folder_(std::move(folder)),
      descriptor_(std::move(descriptor)),
      limits_(limits),
      verified_(std::make_unique<std::deque<Verified>>(descriptor_.entries().size())) {}

Result<Archive> Datastore::open_archive(const Partition& partition) const {
  const auto& entry = *PENSTOCK_TRY(descriptor_.find(partition));
  auto file = std::make_shared<const penstock::MappedFile>(
      PENSTOCK_TRY(penstock::MappedFile::open(folder_ / entry.path)));
  PENSTOCK_TRY(verify(entry, file->bytes()));
  return Archive::open(std::move(file), entry.name, entry.md5, partition, limits_);
}

penstock::Status Datastore::verify(const ArchiveEntry& entry, std::string_view bytes) const {
  auto& verified = (*verified_)[std::size_t(&entry - descriptor_.entries().data())];
  const std::lock_guard lock(verified.mutex);
  if (verified.done) return {};
  if (bytes.size() != entry.bytes)
    return problem("checksum_mismatch", fmt::format("{}: has {} bytes, expected {}", entry.name,
                                                    bytes.size(), entry.bytes));
  const auto md5 = penstock::md5_hex(bytes);
  if (md5 != entry.md5)
    return problem("checksum_mismatch",
                   fmt::format("{}: md5 is {}, expected {}", entry.name, md5, entry.md5));
  verified.done = true;
  return {};
}

}  // namespace cems
