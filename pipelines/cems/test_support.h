// What the pipeline's tests share: where data lies, small CSV files, small archives.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <penstock/base/byte_source.h>
#include <penstock/base/files.h>

#include "pipelines/cems/crosswalk.h"
#include "pipelines/cems/extract.h"
#include "pipelines/cems/time_zones.h"

namespace cems::testing {

/// The pipeline's own data, checked in.
inline std::filesystem::path data_folder() {
  const char* root = std::getenv("PENSTOCK_SOURCE_DIR");
  return std::filesystem::path(root != nullptr ? root : ".") / "pipelines/cems/data";
}

/// The folder of all 21 known archives, where this machine has it; beside it lies `reference`.
inline std::optional<std::filesystem::path> all_archives() {
  const char* folder = std::getenv("CEMS_ARCHIVES");
  if (folder == nullptr) return {};
  return folder;
}

/// A folder that is removed at the end of a test.
class TempFolder {
 public:
  TempFolder() {
    static std::atomic<int> serial = 0;
    path_ = std::filesystem::temp_directory_path() /
            ("cems-test-" + std::to_string(::getpid()) + "-" + std::to_string(serial++));
    std::filesystem::create_directories(path_);
  }
  TempFolder(const TempFolder&) = delete;
  ~TempFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The cells of one row in the order of the monthly header; empty ones are null.
struct Row {
  std::string plant = "3", unit = "1", date = "01-01-2017", hour = "0", time = "0", load = "",
              heat = "", steam = "", so2 = "", so2_code = "", nox = "", nox_code = "", co2 = "",
              co2_code = "", rate = "", rate_code = "", facility = "17", unit_id = "91",
              state = "ID";
};

inline std::string quoted_line(const std::vector<std::string>& cells) {
  std::string line;
  for (const auto& cell : cells) line += (line.empty() ? "\"" : ",\"") + cell + "\"";
  return line + "\n";
}

inline std::vector<std::string> monthly_header() {
  return {"STATE",
          "FACILITY_NAME",
          "ORISPL_CODE",
          "UNITID",
          "OP_DATE",
          "OP_HOUR",
          "OP_TIME",
          "GLOAD (MW)",
          "SLOAD (1000lb/hr)",
          "SO2_MASS (lbs)",
          "SO2_MASS_MEASURE_FLG",
          "SO2_RATE (lbs/mmBtu)",
          "SO2_RATE_MEASURE_FLG",
          "NOX_RATE (lbs/mmBtu)",
          "NOX_RATE_MEASURE_FLG",
          "NOX_MASS (lbs)",
          "NOX_MASS_MEASURE_FLG",
          "CO2_MASS (tons)",
          "CO2_MASS_MEASURE_FLG",
          "CO2_RATE (tons/mmBtu)",
          "CO2_RATE_MEASURE_FLG",
          "HEAT_INPUT (mmBtu)",
          "FAC_ID",
          "UNIT_ID"};
}

inline std::string monthly_csv(const std::vector<Row>& rows) {
  std::string text = quoted_line(monthly_header());
  for (const auto& r : rows)
    text += quoted_line({r.state,    "A, B", r.plant,     r.unit, r.date,     r.hour,
                         r.time,     r.load, r.steam,     r.so2,  r.so2_code, "",
                         "",         r.rate, r.rate_code, r.nox,  r.nox_code, r.co2,
                         r.co2_code, "",     "",          r.heat, r.facility, r.unit_id});
  return text;
}

struct ReadOptions {
  Layout layout = Layout::Current;
  Partition partition = {2017, "ID"};
  BadValues bad_values = BadValues::Error;
  int month = 1;
};

/// Read a CSV text as the only file of a partition.
inline penstock::Result<RawHours> read_csv(std::string text, const ReadOptions& options = {}) {
  RawHours raw;
  raw.partition = options.partition;
  raw.layout = options.layout;
  HourAppender appender(raw);
  PENSTOCK_TRY(read_hours(std::make_unique<penstock::MemorySource>(std::move(text)), "2017id01.csv",
                          options.month, options.bad_values, raw, appender));
  return raw;
}

/// The hours of one day of a unit, with `row` as the template.
inline std::vector<Row> whole_day(Row row) {
  std::vector<Row> rows;
  for (int hour = 0; hour < 24; ++hour) {
    row.hour = std::to_string(hour);
    rows.push_back(row);
  }
  return rows;
}

inline TimeZones zones_of(const std::string& lines) {
  return TimeZones::read(
             std::make_unique<penstock::MemorySource>("plant_id_eia,timezone\n" + lines),
             "zones.csv")
      .value();
}

inline Crosswalk crosswalk_of(const std::string& lines) {
  return Crosswalk::read(std::make_unique<penstock::MemorySource>(
                             "CAMD_PLANT_ID,CAMD_UNIT_ID,EIA_PLANT_ID\n" + lines),
                         "crosswalk.csv")
      .value();
}

/// A zip archive of stored members.
std::string inline zip_of(const std::vector<std::pair<std::string, std::string>>& members) {
  const auto crc32 = [](const std::string& bytes) {
    std::uint32_t crc = ~std::uint32_t(0);
    for (const char byte : bytes) {
      crc ^= std::uint8_t(byte);
      for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (0xEDB88320u & (0u - (crc & 1u)));
    }
    return ~crc;
  };
  const auto number = [](std::uint64_t value, int bytes) {
    std::string text;
    for (int i = 0; i < bytes; ++i) text += i < 8 ? char(value >> (8 * i) & 0xff) : '\0';
    return text;
  };
  std::string zip, directory;
  for (const auto& [name, bytes] : members) {
    const auto facts = number(20, 2) + number(0, 8) + number(crc32(bytes), 4) +
                       number(bytes.size(), 4) + number(bytes.size(), 4) + number(name.size(), 2) +
                       number(0, 2);
    directory += "PK\1\2" + number(20, 2) + facts + number(0, 10) + number(zip.size(), 4) + name;
    zip += "PK\3\4" + facts + name + bytes;
  }
  const auto start = zip.size();
  zip += directory;
  return zip + "PK\5\6" + number(0, 4) + number(members.size(), 2) + number(members.size(), 2) +
         number(directory.size(), 4) + number(start, 4) + number(0, 2);
}

}  // namespace cems::testing
