#include "pipelines/cems/crosswalk.h"

#include <fmt/format.h>

#include <penstock/base/files.h>
#include <penstock/base/text.h>
#include <penstock/frame/csv.h>

#include "pipelines/cems/errors.h"
#include "pipelines/cems/unit_id.h"

namespace cems {
namespace {

using penstock::DataType;
using penstock::Result;

penstock::CsvSpec columns() {
  return {
      .columns = {{.name = "CAMD_PLANT_ID", .type = DataType::Int32, .nullable = false, .min = 1},
                  {.name = "CAMD_UNIT_ID", .type = DataType::Text, .nullable = false},
                  {.name = "EIA_PLANT_ID", .type = DataType::Int32, .min = 1}}};
}

}  // namespace

Result<Crosswalk> Crosswalk::open(const std::filesystem::path& path) {
  auto text = PENSTOCK_TRY(penstock::read_file(path));
  return read(std::make_unique<penstock::MemorySource>(std::move(text)), path.filename().string());
}

Result<Crosswalk> Crosswalk::read(std::unique_ptr<penstock::ByteSource> source,
                                  std::string shown_name) {
  auto reader = PENSTOCK_TRY(
      penstock::CsvReader::open(std::move(source), columns(), {.shown_name = shown_name}));
  Crosswalk crosswalk;
  penstock::CsvBatch batch;
  while (PENSTOCK_TRY(reader.next(batch))) {
    const auto& epa = batch.columns[0].get<std::int32_t>();
    const auto& eia = batch.columns[2].get<std::int32_t>();
    for (std::int64_t i = 0; i < batch.rows; ++i) {
      const auto at = std::size_t(i);
      if (batch.columns[2].is_null(i)) {
        ++crosswalk.dropped_;
        continue;
      }
      auto added = crosswalk.add(epa[at], strip_zeros(batch.columns[1].text(i)), eia[at]);
      if (!added) return std::move(added).error().within(shown_name);
    }
  }
  return crosswalk;
}

penstock::Status Crosswalk::add(std::int32_t plant_epa, std::string_view unit,
                                std::int32_t plant_eia) {
  const auto [at, is_new] = plants_[plant_epa].try_emplace(std::string(unit), plant_eia);
  size_ += is_new ? 1 : 0;
  if (at->second == plant_eia) return {};
  return problem("crosswalk_not_many_to_one",
                 fmt::format("unit {} of plant {} belongs to EIA plants {} and {}; expected one",
                             penstock::quote(unit), plant_epa, at->second, plant_eia));
}

std::optional<std::int32_t> Crosswalk::plant_of(std::int32_t plant_epa,
                                                std::string_view unit) const {
  const auto plant = plants_.find(plant_epa);
  if (plant == plants_.end()) return {};
  const auto found = plant->second.find(unit);
  if (found == plant->second.end()) return {};
  return found->second;
}

}  // namespace cems
