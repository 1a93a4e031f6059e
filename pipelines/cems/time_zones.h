// The offset from UTC of each plant: that of its zone on one reference day, for every year.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>
#include <unordered_map>

#include <penstock/base/byte_source.h>
#include <penstock/base/result.h>

namespace cems {

/// The local day whose first moment decides each zone's offset.
inline constexpr std::string_view kZoneReferenceDay = "2011-01-01";

/// The offset of an IANA zone at the start of the reference day; nothing for an unknown zone.
///
/// One offset for all years: neither daylight saving nor later changes of the zone count, since
/// hours are reported in standard time.
std::optional<std::chrono::seconds> reference_offset(std::string_view zone);

/// Offsets by plant. Immutable.
class TimeZones {
 public:
  /// Read a table with the columns plant_id_eia and timezone; rows without a zone count as absent.
  /// A plant that is listed twice or an unknown zone is `timezones_invalid`.
  static penstock::Result<TimeZones> open(const std::filesystem::path& path);
  static penstock::Result<TimeZones> read(std::unique_ptr<penstock::ByteSource> source,
                                          std::string shown_name);

  /// The offset to subtract from a plant's local time.
  std::optional<std::chrono::seconds> offset(std::int32_t plant) const;
  std::size_t size() const { return offsets_.size(); }

 private:
  penstock::Status add(std::int32_t plant, std::string_view zone);
  std::unordered_map<std::int32_t, std::chrono::seconds> offsets_;
};

}  // namespace cems
