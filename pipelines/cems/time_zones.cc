#include "pipelines/cems/time_zones.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <map>
#include <mutex>
#include <stdexcept>

#include <penstock/base/files.h>
#include <penstock/base/text.h>
#include <penstock/frame/csv.h>

#include "pipelines/cems/errors.h"

namespace cems {
namespace {

using penstock::DataType;
using penstock::Result;

std::optional<std::chrono::seconds> ask_tzdata(const std::string& zone) {
  using namespace date::literals;
  constexpr date::local_days kReference = date::local_days(2011_y / date::January / 1);
  try {
    return date::locate_zone(zone)->get_info(kReference).first.offset;
  } catch (const std::runtime_error&) {
    return {};
  }
}

penstock::CsvSpec columns() {
  return {
      .columns = {{.name = "plant_id_eia", .type = DataType::Int32, .nullable = false, .min = 1},
                  {.name = "timezone", .type = DataType::Text}}};
}

}  // namespace

std::optional<std::chrono::seconds> reference_offset(std::string_view zone) {
  static std::mutex mutex;
  static std::map<std::string, std::optional<std::chrono::seconds>, std::less<>> known;
  const std::lock_guard lock(mutex);
  const auto found = known.find(zone);
  if (found != known.end()) return found->second;
  const auto offset = ask_tzdata(std::string(zone));
  known.emplace(zone, offset);
  return offset;
}

Result<TimeZones> TimeZones::open(const std::filesystem::path& path) {
  auto text = PENSTOCK_TRY(penstock::read_file(path));
  return read(std::make_unique<penstock::MemorySource>(std::move(text)), path.filename().string());
}

Result<TimeZones> TimeZones::read(std::unique_ptr<penstock::ByteSource> source,
                                  std::string shown_name) {
  const auto rename = [](penstock::Error error) {
    error.kind = "timezones_invalid";
    return error;
  };
  auto opened = penstock::CsvReader::open(std::move(source), columns(), {.shown_name = shown_name});
  if (!opened) return rename(std::move(opened).error());
  auto& reader = *opened;
  TimeZones zones;
  penstock::CsvBatch batch;
  for (;;) {
    auto more = reader.next(batch);
    if (!more) return rename(std::move(more).error());
    if (!*more) return zones;
    const auto& plants = batch.columns[0].get<std::int32_t>();
    for (std::int64_t i = 0; i < batch.rows; ++i) {
      if (batch.columns[1].is_null(i)) continue;
      auto added = zones.add(plants[std::size_t(i)], batch.columns[1].text(i));
      if (!added)
        return problem(
            "timezones_invalid",
            fmt::format("{} line {}: {}", shown_name, batch.first_line + i, added.error().message));
    }
  }
}

penstock::Status TimeZones::add(std::int32_t plant, std::string_view zone) {
  const auto offset = reference_offset(zone);
  if (!offset) return problem("timezones_invalid", penstock::quote(zone) + " is not a time zone");
  if (!offsets_.emplace(plant, *offset).second)
    return problem("timezones_invalid", fmt::format("plant {} is listed twice", plant));
  return {};
}

std::optional<std::chrono::seconds> TimeZones::offset(std::int32_t plant) const {
  const auto found = offsets_.find(plant);
  if (found == offsets_.end()) return {};
  return found->second;
}

}  // namespace cems
