// Which EIA plant an EPA unit belongs to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <penstock/base/byte_source.h>
#include <penstock/base/result.h>

namespace cems {

/// EIA plants by EPA plant and unit. Immutable.
class Crosswalk {
 public:
  /// Read EPA's table, with the columns CAMD_PLANT_ID, CAMD_UNIT_ID and EIA_PLANT_ID. Rows without
  /// an EIA plant are dropped and unit ids of digits lose their leading zeros. A unit with two
  /// EIA plants is `crosswalk_not_many_to_one`.
  static penstock::Result<Crosswalk> open(const std::filesystem::path& path);
  static penstock::Result<Crosswalk> read(std::unique_ptr<penstock::ByteSource> source,
                                          std::string shown_name);

  /// The EIA plant of a unit, whose id has lost its leading zeros; nothing when it is not listed.
  std::optional<std::int32_t> plant_of(std::int32_t plant_epa, std::string_view unit) const;
  /// Distinct units.
  std::size_t size() const { return size_; }
  /// Rows that were dropped since they name no EIA plant.
  std::size_t dropped() const { return dropped_; }

 private:
  penstock::Status add(std::int32_t plant_epa, std::string_view unit, std::int32_t plant_eia);
  std::map<std::int32_t, std::map<std::string, std::int32_t, std::less<>>> plants_;
  std::size_t size_ = 0;
  std::size_t dropped_ = 0;
};

}  // namespace cems
