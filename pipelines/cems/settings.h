// What a run is asked to do: the settings as people write them, and the same, checked and in order.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <penstock/base/result.h>
#include <penstock/frame/parquet.h>
#include <penstock/model/config_schema.h>

#include "pipelines/cems/partition.h"
#include "pipelines/cems/vocabulary.h"

namespace cems {

/// How output files are named.
enum class Files : std::uint8_t { Flat, Hive };

/// What to do about input that is not there.
enum class Missing : std::uint8_t { Error, Skip };

/// What to do about a measure that is no number.
enum class BadValues : std::uint8_t { Error, Null };

/// A file that stands in for a month that an archive lacks.
struct Supplement {
  int year = 0;
  std::string state = {};
  int month = 0;
  std::string file = {};  ///< a CSV file in either dialect

  static void describe(penstock::ConfigSchema<Supplement>& s);
};

/// The settings as they are written, with their defaults.
struct Settings {
  std::vector<int> years = {2017};
  std::vector<std::string> states = {"ID", "ME"};  ///< codes in any case, or `all` alone
  std::vector<std::string> quarters = {};          ///< `2020q4`; instead of years and states
  Layout layout = Layout::Current;
  Files files = Files::Flat;
  bool consolidate = false;
  penstock::ParquetCompression compression = penstock::ParquetCompression::Snappy;
  std::int64_t row_group_rows = 100'000;
  Missing missing_partitions = Missing::Error;
  Missing missing_months = Missing::Error;
  std::vector<Supplement> supplements = {};
  BadValues bad_values = BadValues::Error;

  static void describe(penstock::ConfigSchema<Settings>& s);
  static void check(Settings& settings, penstock::ConfigCheck& check);
};

/// Settings that can be carried out: every value is known and lists are sorted without duplicates.
struct Scope {
  Layout layout = Layout::Current;
  std::vector<Partition> partitions =
      {};  ///< what is asked for: year outer, state inner, ascending
  Files files = Files::Flat;
  bool consolidate = false;
  penstock::ParquetCompression compression = penstock::ParquetCompression::Snappy;
  std::int64_t row_group_rows = 100'000;
  Missing missing_partitions = Missing::Error;
  Missing missing_months = Missing::Error;
  BadValues bad_values = BadValues::Error;
  std::map<Partition, std::map<int, std::string>> supplements = {};  ///< month -> file
};

/// What is wrong with one setting.
struct SettingProblem {
  std::string setting;
  std::string message;
};

/// Everything that is wrong with the settings.
std::vector<SettingProblem> find_problems(const Settings& settings);

/// Check the settings and put them in order.
///
/// All problems are reported together as one `settings_invalid`, one a line.
penstock::Result<Scope> check_settings(const Settings& settings);

/// Read a quarter such as `2020q4`; nothing when it is written otherwise or outside the layout.
std::optional<Partition> parse_quarter(const std::string& text, Layout layout);

}  // namespace cems
